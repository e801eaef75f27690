"""Published results, run again from their stated settings: last epoch, three seeds, a verdict with its reason."""

from gatewise.studies.reproduce.catalogue import CATALOGUE as CATALOGUE
from gatewise.studies.reproduce.catalogue import reproduce as reproduce
