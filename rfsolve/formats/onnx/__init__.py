"""Networks from ONNX files. Everything here may import onnx; weights are not needed, external data is not opened."""
