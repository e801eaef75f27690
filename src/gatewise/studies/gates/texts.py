"""Texts that the study reads: the course documents' examples, and reviews for what needs many texts."""

from __future__ import annotations

import numpy as np

from gatewise.data.names import load_named
from gatewise.errors import DataError

CLOUDS = "the clouds are in the sky"
FRANCE = "I grew up in France. We had a small house and a garden. I speak fluent French"
BOB_AND_DAN = "Bob is a nice person. Dan on the other hand is evil."
NAVY = "Bob knows swimming. He told me over the phone that he had served the navy for four long years."
BRAVE = "Bob single-handedly fought the enemy and died for his country. For his contributions, brave"
CEREAL = (
    "Amazing! This box of cereal gave me a perfectly balanced breakfast, as all things should be. I only ate half of "
    "it but will definitely be buying again!"
)

# For machines where IMDB has not been fetched.
REVIEWS = (
    "A quiet film. Nothing much happens in it, and I was sorry when it was over. The two leads hardly speak, yet every "
    "look counts. See it on a rainy evening.",
    "I wanted to like this. The idea is clever and the first ten minutes are fun. Then the jokes stop, the plot goes "
    "in circles, and the ending makes no sense at all. A waste of a good cast.",
    "What a mess. The sound is bad, the lighting is worse, and the hero mumbles. My friends left after half an hour. I "
    "stayed, and I regret it.",
    "Funny, warm and a little sad. The boy who plays the younger brother is wonderful. The music is by a man I had "
    "never heard of. I have bought the record since.",
    "It is long. It is loud. It is also the most boring thing I have seen this year. Two hours of explosions, and not "
    "one line worth remembering.",
    "My grandmother laughed, my son laughed, and I laughed most of all. The old sailor steals every scene. We will "
    "watch it again at Christmas.",
    "The book was great, the film is not. They cut the best chapter, changed the end, and gave the detective a dog. "
    "Why? Nobody asked for a dog. Read the book instead.",
    "An honest picture about work. No heroes, no villains, just people who are tired. The last scene in the factory is "
    "beautiful. It deserves to be known.",
    "I have no idea what the critics saw in this. The actors look bored, the story is stolen from three better films, "
    "and the effects are a joke. Avoid.",
    "Perfect for a Sunday. The plot is thin, but the dances are superb, the costumes are lovely, and the leads have "
    "real charm. I smiled the whole time.",
    "The worst thing is not the acting. The worst thing is not the script. It is that somebody, somewhere, thought "
    "this was finished. It is not.",
    "Not a bad film, and not a good one either. The first half is strong. The second half forgets what it wanted to "
    "say. I would still see the next one by this director.",
)


def many_texts(count: int, seed: int) -> tuple[list[str], str]:
    """Reviews drawn from IMDB's training split, or where it is not in the cache those above; and which it was."""
    try:
        examples = load_named("imdb:train")
    except DataError:
        return list(REVIEWS), f"{len(REVIEWS)} short reviews that come with the study (IMDB is not in the cache)"
    rows = np.sort(np.random.default_rng(seed).permutation(len(examples))[:count])
    return [examples.texts[row] for row in rows], f"{count} reviews drawn from IMDB's training split"
