"""Files that hold networks and are not read: why, and the way out."""

from pathlib import PurePath

PICKLES = frozenset({".pt", ".pth", ".pkl", ".pickle", ".ckpt", ".bin", ".joblib", ".tar", ".mar"})
PICKLE = (
    "may be a pickle, which can run code when it is loaded, so it is not opened; expected an exported program "
    "(torch.export.save to .pt2), an ONNX file, or module:factory"
)

_TF = "expected ONNX (python -m tf2onnx.convert)"
WEIGHTS = "holds weights and no layers; expected the network: .onnx, .pt2, or module:factory"

OTHERS = {
    ".h5": f"a Keras file is not read; {_TF}, or a layer list",
    ".hdf5": f"a Keras file is not read; {_TF}, or a layer list",
    ".keras": f"a Keras file is not read; {_TF}, or a layer list",
    ".pb": f"a TensorFlow graph is not read; {_TF}",
    ".tflite": "a TensorFlow Lite file is not read; expected ONNX (python -m tf2onnx.convert --tflite)",
    ".safetensors": WEIGHTS,
    ".npz": WEIGHTS,
    ".npy": WEIGHTS,
    ".gguf": WEIGHTS,
    ".mlmodel": "a Core ML file is not read; expected the network it was converted from: .onnx, .pt2 or module:factory",
    ".mlpackage": "a Core ML file is not read; expected the network it was converted from: .onnx, .pt2, module:factory",
    ".caffemodel": "a Caffe file is not read; expected ONNX",
    ".prototxt": "a Caffe file is not read; expected ONNX",
    ".cfg": "a Darknet file is not read; expected ONNX, or module:factory",
    ".weights": "a Darknet file is not read; expected ONNX, or module:factory",
    ".pdmodel": "a Paddle file is not read; expected ONNX (paddle2onnx)",
    ".engine": "a TensorRT engine is not read; expected the ONNX file it was built from",
    ".trt": "a TensorRT engine is not read; expected the ONNX file it was built from",
    ".ort": "an ONNX Runtime file is not read; expected the .onnx file it was made from",
    ".xml": "an OpenVINO file is not read; expected the .onnx file it was converted from",
    ".py": "source code is not read; expected module:factory, the name under which Python imports it",
    ".ipynb": "a notebook is not read; expected module:factory, the name under which Python imports it",
}


def refusal(model: str) -> str | None:
    """Return why a file of this name is not read and what to do, None where nothing speaks against it."""
    suffix = PurePath(model).suffix.lower()
    return PICKLE if suffix in PICKLES else OTHERS.get(suffix)
