/* Gatewise: gated recurrent networks over ragged sequences. The C interface of the native core.
 *
 * Layout. A batch of B sequences is one array of N rows and `offsets`, B + 1 of them: sequence b is the rows from
 * offsets[b] up to offsets[b + 1]. Offsets start at 0, never fall and end at N; sequences may be empty and B may be 0.
 * Matrices are row-major float. A `stride` counts floats from one row to the next. Gates stand in the order i, f, g, o.
 *
 * Pointers. What is `const` is read, everything else is written whole; a pointer that may be NULL says so. Outputs may
 * not overlap inputs or each other unless said. No alignment is asked for. Nothing is kept after a call returns but
 * inside the objects that `_create` made.
 *
 * Errors. Functions return a status; gw_last_error tells the calling thread what was wrong. On an error outputs hold
 * nothing useful. Shapes that disagree cannot be seen from pointers: they are the caller's to get right.
 *
 * Threads. All functions may be called from any thread at any time, except that an object must not be freed while it
 * is used. Results have the same bits for any number of threads, and a sequence's results do not depend on its
 * company in the batch (gradients of weights, which are sums over the batch, of course do).
 */
#ifndef GATEWISE_H
#define GATEWISE_H

#include <stdint.h>

#if defined(_WIN32)
#define GW_API __declspec(dllexport)
#else
#define GW_API __attribute__((visibility("default")))
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* Rises whenever this file changes in a way that a caller compiled against the old one would notice. */
#define GW_ABI 1

typedef enum {
    GW_OK = 0,
    GW_BAD_ARGUMENT = 1, /* the caller's mistake; the message names the argument */
    GW_NO_MEMORY = 2,
    GW_UNSUPPORTED = 3 /* this processor or this build cannot */
} gw_status;

/* How products are made. State and accumulation are float in both. */
typedef enum {
    GW_FP32 = 0,
    GW_BF16 = 1 /* factors rounded to bfloat16 (to nearest even); needs the avx512bf16 kernels */
} gw_precision;

/* ---- the library ---- */

GW_API int32_t gw_abi(void);

/* What was wrong in the last call of this thread that failed; "" if none did. Valid until the thread's next call. */
GW_API const char* gw_last_error(void);

/* Kernels that can run here, from slowest to fastest, as "generic,avx2,avx512". Static. */
GW_API const char* gw_isas(void);

/* Name of the kernels in use: the fastest unless gw_use_isa chose others. Static. */
GW_API const char* gw_isa(void);

/* Use the kernels of that name from now on. Objects made before keep theirs. GW_UNSUPPORTED if they cannot run here. */
GW_API gw_status gw_use_isa(const char* name);

/* 1 if GW_BF16 is available with the kernels in use, else 0. */
GW_API int32_t gw_has_bf16(void);

/* Threads a call may use, the caller's included. At first: processors this process may run on. */
GW_API int32_t gw_threads(void);

/* Change it, from 1 to 1024. Threads are started when first needed, and again after a fork. */
GW_API gw_status gw_use_threads(int32_t threads);

/* ---- memory that is kept for reuse ---- */

/* A block of at least `bytes`, aligned to 64, contents undefined; NULL when there is no memory. Blocks given back are
 * kept for the next gw_take, because fresh memory costs more than most kernels that fill it. */
GW_API void* gw_take(int64_t bytes);

/* Give a block back. NULL does nothing. */
GW_API void gw_give(void* block);

/* Return all blocks that nobody holds to the system. */
GW_API void gw_trim(void);

/* Bytes kept that nobody holds. */
GW_API int64_t gw_idle_bytes(void);

/* ---- LSTM ---- */

/* Weights of one direction of one layer, packed for the kernels that were in use when it was made. */
typedef struct gw_lstm gw_lstm;

/* Pack weights.
 *   w_ih [4H, I], w_hh [4H, H]   contiguous
 *   b_ih, b_hh [4H]              either may be NULL: zero
 *   backward                     1 if gw_lstm_backward will be called, else 0
 *   out                          receives the object; gw_lstm_free it
 */
GW_API gw_status gw_lstm_create(int64_t input_size, int64_t hidden_size, const float* w_ih, const float* w_hh,
                                const float* b_ih, const float* b_hh, gw_precision precision, int32_t backward,
                                gw_lstm** out);

/* NULL does nothing. */
GW_API void gw_lstm_free(gw_lstm* lstm);

/* A table of x W_ih^T + b for every row x of an embedding: a word then costs one row instead of a product. Rows are
 * made when first met, so that words never met cost nothing.
 *   lstm             must outlive the table
 *   embedding [V, I] kept by pointer: must outlive the table and not change
 * The table takes up to gw_lstm_table_bytes(lstm, V) bytes, untouched memory of which the system does not provide. */
typedef struct gw_lstm_table gw_lstm_table;
GW_API int64_t gw_lstm_table_bytes(const gw_lstm* lstm, int64_t vocabulary);
GW_API gw_status gw_lstm_table_create(const gw_lstm* lstm, const float* embedding, int64_t vocabulary,
                                      gw_lstm_table** out);
GW_API void gw_lstm_table_free(gw_lstm_table* table);

typedef struct {
    int64_t sequences;      /* B */
    const int64_t* offsets; /* [B + 1] */
    int32_t reverse;        /* 1: each sequence is read from its own end to its own beginning */

    const float* x; /* [N, I]; NULL when ids and table are given */
    int64_t x_stride;
    const int32_t* ids;          /* [N], each from 0 to V - 1 (checked); NULL when x is given */
    gw_lstm_table* table;        /* rows are filled in as they are met */
    const float *h0, *c0;        /* [B, H] contiguous; either may be NULL: zeros */

    float* hidden; /* [N, H]: h beside the row that was just read; may be NULL when `gates` and `cells` are */
    int64_t hidden_stride;
    float *h_n, *c_n; /* [B, H] contiguous, the states after the last row read, of an empty sequence its initial ones;
                         either may be NULL; may be h0 and c0 themselves */
    float* gates;     /* [N, 4H] contiguous: i, f, g, o after their nonlinearities; may be NULL */
    float* cells;     /* [N, H] contiguous: c; may be NULL */
} gw_lstm_forward_args;

/* Equations (1) to (6) of csrc/lstm.cpp for every row of every sequence. */
GW_API gw_status gw_lstm_forward(const gw_lstm* lstm, const gw_lstm_forward_args* args);

typedef struct {
    int64_t sequences;
    const int64_t* offsets;
    int32_t reverse;

    const float* x; /* as given to the forward call, from here to `cells` */
    int64_t x_stride;
    const float *h0, *c0;
    const float* hidden; /* what the forward call wrote, from here on */
    int64_t hidden_stride;
    const float *gates, *cells;

    const float* d_hidden; /* [N, H]; NULL: zeros */
    int64_t d_hidden_stride;
    const float *d_h_n, *d_c_n; /* [B, H] contiguous; either may be NULL: zeros */

    float* d_x; /* [N, I]; may be NULL: not wanted */
    int64_t d_x_stride;
    float *d_h0, *d_c0; /* [B, H] contiguous; either may be NULL */
    float *d_w_ih, *d_w_hh, *d_b; /* [4H, I], [4H, H], [4H] contiguous; all three or none. d_b is the gradient of b_ih
                                     and of b_hh alike */
} gw_lstm_backward_args;

/* Gradients of a scalar L, given dL/dhidden, dL/dh_n and dL/dc_n. */
GW_API gw_status gw_lstm_backward(const gw_lstm* lstm, const gw_lstm_backward_args* args);

/* One step of B sequences with carried state.
 *   x [B, I] with x_stride, or ids [B] and table; the others NULL
 *   h, c [B, H]  contiguous; read and replaced
 * The same bits as gw_lstm_forward gives over the whole sequence. */
GW_API gw_status gw_lstm_step(const gw_lstm* lstm, int64_t sequences, const float* x, int64_t x_stride,
                              const int32_t* ids, gw_lstm_table* table, float* h, float* c);

/* ---- pooling of quasi-recurrent layers ---- */

#define GW_QRNN_LARGEST_WINDOW 64

typedef struct {
    int64_t sequences; /* B */
    const int64_t* offsets;
    int32_t reverse;     /* 1: each sequence is read from its own end to its own beginning */
    int32_t gates;       /* G. 1: f-pooling, 2: fo-pooling, 3: ifo-pooling */
    int64_t hidden_size; /* H */
    int64_t window;      /* k, words that a step sees: from 1 to GW_QRNN_LARGEST_WINDOW */

    const float* shares; /* [R, k, (1 + G) H]: what a word gives to the sums of the steps that see it, by its place in
                            their window, the oldest word's first; blocks of H in the order z, f, o, i as far as G goes.
                            With k = 1 a row is the sums of a step. */
    int64_t shares_rows; /* R */
    int64_t shares_stride;
    const int32_t* ids;   /* [N], each from 0 to R - 1 (checked): row n of the batch has the shares of row ids[n]; NULL:
                             of row n, and R is N */
    const float* bias;    /* [(1 + G) H], added to the sums */
    const uint8_t* zoned; /* [N, H] contiguous, 1 where the forget gate is 1 whatever its sum, else 0; may be NULL */

    float* hidden; /* [N, H]: h beside the row that was just read */
    int64_t hidden_stride;
    float* cells; /* [N, H] contiguous: c; may be NULL */
} gw_qrnn_forward_args;

/* Equations (1), (3) to (6) of csrc/qrnn.cpp for every row of every sequence; c is zero before the first. */
GW_API gw_status gw_qrnn_forward(const gw_qrnn_forward_args* args);

typedef struct {
    int64_t sequences; /* as given to the forward call, with k = 1 and ids NULL, from here to `zoned` */
    const int64_t* offsets;
    int32_t reverse;
    int32_t gates;
    int64_t hidden_size;
    const float* sums; /* [N, (1 + G) H] contiguous: what was `shares` */
    const float* bias;
    const uint8_t* zoned;
    const float* cells; /* what the forward call wrote */

    const float* d_hidden; /* [N, H] */
    int64_t d_hidden_stride;

    float* d_sums; /* [N, (1 + G) H] contiguous */
    float* d_bias; /* [(1 + G) H] */
} gw_qrnn_backward_args;

/* Gradients of a scalar L, given dL/dhidden. */
GW_API gw_status gw_qrnn_backward(const gw_qrnn_backward_args* args);

/* ---- sampled softmax ---- */

typedef struct {
    int64_t rows, features, vocabulary, negatives; /* N, F, V, S */
    gw_precision precision;
    const float* hidden; /* [N, F] */
    int64_t hidden_stride;
    const float* weight;          /* [V, F] contiguous */
    const float* bias;            /* [V] */
    const int32_t* targets;       /* [N], each from 0 to V - 1 (checked) */
    const int32_t* samples;       /* [S], distinct, each from 0 to V - 1 (checked): shared by all rows */
    const float* log_expected;    /* [V]: log of the expected number of times a word is drawn; subtracted from its
                                     logit; NULL: nothing is subtracted */
    float scale;                  /* gradients are multiplied by it: 1 / N for the mean */

    double* loss;     /* [1]: sum over rows of -log softmax of the target among target and samples; a sample that is
                         the row's own target does not count */
    float* d_hidden;  /* [N, F] contiguous, or NULL: loss only, and the next three are not written */
    int32_t* touched; /* [min(V, S + N)]: words whose weights have a gradient, rising */
    int64_t* touched_count;
    float* d_weight; /* [min(V, S + N), F] contiguous: rows beside `touched`; rows past touched_count are not written */
    float* d_bias;   /* [min(V, S + N)] */
} gw_sampled_softmax_args;

GW_API gw_status gw_sampled_softmax(const gw_sampled_softmax_args* args);

/* ---- lazy Adam ---- */

/* One step of Adam (Kingma and Ba 2014, algorithm 1) on some rows of a matrix; the others, and their moments, rest.
 *   weight, m, v [V, F]  contiguous; rows `touched` are changed
 *   touched [count]      distinct, each from 0 to V - 1 (checked)
 *   gradient [count, F]  contiguous
 *   step                 1 for the first
 *   decay                weight decay of AdamW on the touched rows: weight *= 1 - rate * decay
 */
GW_API gw_status gw_lazy_adam(int64_t vocabulary, int64_t features, float* weight, float* m, float* v,
                              const int32_t* touched, int64_t count, const float* gradient, int64_t step, float rate,
                              float beta1, float beta2, float epsilon, float decay);

/* Sum gradient rows by word: d_rows[k] = sum over n with ids[n] == touched[k] of gradient[n], added in order of n.
 *   ids [N] from 0 to V - 1 (checked), gradient [N, F] with stride
 *   touched [min(V, N)] receives the distinct ids, rising; touched_count [1]; d_rows [min(V, N), F] contiguous
 */
GW_API gw_status gw_sum_by_word(int64_t rows, int64_t features, int64_t vocabulary, const int32_t* ids,
                                const float* gradient, int64_t stride, int32_t* touched, int64_t* touched_count,
                                float* d_rows);

#ifdef __cplusplus
}
#endif

#endif
