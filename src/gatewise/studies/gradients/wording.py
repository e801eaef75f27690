"""What the study says about itself and for practice."""

from __future__ import annotations

from typing import Any

from gatewise.studies.gradients.plan import Plan
from gatewise.studies.gradients.vanishing import PLAIN
from gatewise.studies.gradients.verdicts import pooled

METHOD = (
    "Task: the first of T symbols, one of eight, is to be told after the last; the T − 1 others are noise from an "
    "alphabet of eight of their own. Loss: cross entropy after the last step only. A guess has a loss of ln 8 = 2.08 "
    "and is right in one case of eight; a model has solved the task if it is right in 95 % of 256 fresh sequences. "
    "Task and sizes were chosen here; the course documents state none.",
    "Networks have one layer of 32 units and one-hot inputs, and start as torch does, uniformly within ±1/√32, with "
    "one bias where torch has two; a forget bias is added to that. The QRNN has window 2 and fo-pooling; "
    "nothing reads its h_t but the answer, so its memory is told by c_t.",
    "Norms are those of each sequence's own gradient in float64, 16 sequences a model, divided by the norm at the last "
    "step. Float32 has nothing between 0 and 1.4e-45; the distance at which the median norm itself falls below that is "
    "told. A sequence whose gradient is zero at the last step (all units of a ReLU network dead) is left out.",
    "Training: Adam, β₂ = 0.99, 32 sequences a batch, at most the given number of batches, ended when every model of a "
    "fleet was right in the last 20. The networks of the first two tables train at 0.01, clipped at 1, each batch with "
    "a lag drawn from 1 to the longest. The remedies train at one fixed lag, at 0.003 (identity start: 0.001), all but "
    "the first clipped at 1: with a fixed lag nothing short is there to learn first.",
    "Gradient descent from exploding starts: half as many batches, learning rates 0.03, 0.1, 0.3 and 1, norm of the "
    "whole gradient clipped at 1, penalty 0.01 or 0.3 times ‖U‖², truncation to 10 steps. Diverged means that loss or "
    "gradient became no number, or that the last 20 losses were on average above twice that of a guess.",
    "Penalties in the table of remedies: 0.001 ‖U‖²; Ω of Pascanu et al. 2013 times 0.1, which asks each step to "
    "keep the norm of what comes back. Echo states (Jaeger 2001): 200 units, radius 0.99, inputs within ±0.1, readout "
    "by ridge regression on 1,000 sequences; their gradient is that of the squared error. Identity start: Le et al. "
    "2015.",
    "Stacks: 20 layers of 32 without biases, 256 rows of normal numbers, the largest of the first eight is the class; "
    "gradient of each layer's output, median over the rows; a third as many steps of gradient descent, at 0.1, as "
    "a training has batches at most.",
)


def advice(numbers: dict[str, Any], plan: Plan) -> tuple[str, ...]:
    """What follows, with the numbers it follows from."""
    of, longest = len(plan.seeds), str(plan.lag)
    remedies, networks = numbers["remedies"], numbers["networks"]
    by_bias = ", ".join(
        f"{bias}: {remedies[f'LSTM, forget bias {bias}']['solved'][longest]}" for bias in ("-2", "0", "1", "3")
    )
    gated = {name: one["solved"] for name, one in networks.items() if name not in PLAIN}
    mixed = "; ".join(f"{name}: {solved}" for name, solved in gated.items())
    clipped, free = (pooled(numbers["descents"], one)["diverged"] for one in ("clipping", "none"))
    return (
        "Start an LSTM with a forget bias of 1 at least, and with more if long lags are expected: models of "
        f"{of} that learnt the fixed lag {longest}, by bias, are {by_bias}. Tallec & Ollivier 2018 take the "
        "logarithm of a time up to the longest lag.",
        f"Let the lags of the training data vary. From lags of 1 to {longest} mixed, models of {of} that learnt the "
        f"longest are {mixed}. Short lags open the gates for long ones.",
        f"Clip the norm of the gradient always: it costs one sum, and divergences went from {free} to {clipped}. It "
        "does nothing against vanishing.",
        "A plain RNN wants an orthogonal or identity start, or Ω. A penalty that shrinks its recurrent weights takes "
        "its memory.",
        "Truncated backpropagation saves memory, and cannot teach what lies beyond its cut.",
    )
