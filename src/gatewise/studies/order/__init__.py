"""Whether the order of words matters, and to whom: bags of words, n-grams, and recurrent networks on shuffled texts."""

from __future__ import annotations

from gatewise.studies.order.nets import kinds
from gatewise.studies.order.phone import measure_phone
from gatewise.studies.order.reporting import make_report
from gatewise.studies.order.reviews import EPOCHS as REVIEW_EPOCHS
from gatewise.studies.order.reviews import load_reviews, make_reviews, measure_packaged
from gatewise.studies.order.synthetic import EPOCHS as NEGATION_EPOCHS
from gatewise.studies.order.synthetic import make_negation
from gatewise.studies.order.tasks import run_task
from gatewise.studies.report import Report


def order(*, pairs: int = 1000, reviews: int = 2000, seeds: int = 3, seed: int = 0) -> Report:
    """Test classifiers on texts whose words are shuffled, and on texts that only their order tells apart.

    Args:
        pairs: Pairs of sentences to train on, and half as many to test on.
        reviews: IMDB reviews to train on, and as many to test on; 0, or no reviews in the cache, leaves them out.
        seeds: Draws of data and weights.
        seed: The first of them.

    Notes:
        Three to four minutes on one core. The reviews are of IMDB's training split; its test split is not read.
    """
    each = range(seed, seed + seeds)
    networks = kinds(NEGATION_EPOCHS)
    negation = [run_task(make_negation(pairs, one), networks, seed=one, also_shuffled=False) for one in each]
    examples = load_reviews() if reviews else None
    small, packaged = None, None
    if examples is not None:
        networks = kinds(REVIEW_EPOCHS)
        small = [run_task(make_reviews(examples, reviews, one), networks, seed=one, also_shuffled=True) for one in each]
        packaged = measure_packaged(examples, seed)
    settings = {"pairs": pairs, "reviews": reviews, "seeds": seeds, "seed": seed}
    return make_report(settings, measure_phone(seed), negation, small, packaged)
