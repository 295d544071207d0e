//! ONNX to the float graph. The only module that names tract types.
