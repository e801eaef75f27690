"""How far networks remember: success rate against lag on the tasks of Hochreiter and Schmidhuber (1997) and others."""

from gatewise.studies.memory.run import memory as memory

__all__ = ["memory"]
