"""The native core: the compiled library of csrc/, bound by ctypes. Without it everything is computed with NumPy."""

from gatewise.ops.native.library import has_bf16 as has_bf16
from gatewise.ops.native.library import idle_bytes as idle_bytes
from gatewise.ops.native.library import is_available as is_available
from gatewise.ops.native.library import isa as isa
from gatewise.ops.native.library import isas as isas
from gatewise.ops.native.library import path as path
from gatewise.ops.native.library import reason as reason
from gatewise.ops.native.library import threads as threads
from gatewise.ops.native.library import trim as trim
from gatewise.ops.native.library import use_isa as use_isa
from gatewise.ops.native.library import use_threads as use_threads
