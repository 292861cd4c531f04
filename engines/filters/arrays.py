"""Pictures as numbers: H×W×3 and H×W in float32, 0..1."""

from typing import Any

from numpy.typing import NDArray

# float32; OpenCV's and NumPy's stubs do not follow the type of the numbers through a calculation
Picture = NDArray[Any]
Plane = NDArray[Any]
