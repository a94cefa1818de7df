"""Names for the arrays of the state, by the kind of their elements."""

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

IntArray: TypeAlias = NDArray[np.int32]
LongArray: TypeAlias = NDArray[np.int64]
FloatArray: TypeAlias = NDArray[np.float64]
BoolArray: TypeAlias = NDArray[np.bool_]
RecordArray: TypeAlias = NDArray[np.void]
Arrays: TypeAlias = dict[str, NDArray[Any]]
