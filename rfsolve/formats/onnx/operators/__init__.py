"""What each ONNX operator does, as rules that lower it; names as in the ONNX specification."""
