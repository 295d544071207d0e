//! Converters, one file per family of ONNX operators.

mod activation;
mod arithmetic;
mod classic;
mod constants;
mod conv;
mod dense;
mod pad;
mod pool;
mod reduce;
mod repeat;
mod resize;
mod select;
mod shape;
mod softmax;
mod window;

use super::context::{Context, Converted, Refusal, Value};
use super::onnx::{ML_DOMAIN, OnnxNode};

/// Adds what a node computes to the graph.
pub(super) type Converter = fn(&mut Context) -> Converted;

/// The converter of an operator, if there is one.
pub(super) fn converter(node: &OnnxNode) -> Option<Converter> {
    match node.domain.as_str() {
        "" => standard(&node.operator),
        ML_DOMAIN => classic_converter(&node.operator),
        _ => None,
    }
}

fn standard(operator: &str) -> Option<Converter> {
    let converter: Converter = match operator {
        "Conv" => conv::conv,
        "Gemm" => dense::gemm,
        "MatMul" => dense::mat_mul,
        "BatchNormalization" => arithmetic::batch_normalization,
        "MaxPool" => pool::max_pool,
        "AveragePool" => pool::average_pool,
        "GlobalAveragePool" => pool::global_average_pool,
        "GlobalMaxPool" => pool::global_max_pool,
        "ReduceMean" | "ReduceSum" | "ReduceMax" | "ReduceMin" | "ReduceProd" => reduce::reduce,
        "Softmax" | "LogSoftmax" => softmax::softmax,
        "Pad" => pad::pad,
        "Resize" | "Upsample" => resize::resize,
        _ => return elementwise(operator).or_else(|| structural(operator)),
    };
    Some(converter)
}

fn elementwise(operator: &str) -> Option<Converter> {
    let converter: Converter = match operator {
        "Relu" => activation::relu,
        "Clip" => activation::clip,
        "LeakyRelu" => activation::leaky_relu,
        "PRelu" => activation::prelu,
        "Sigmoid" | "Tanh" | "HardSwish" => activation::plain,
        "HardSigmoid" => activation::hard_sigmoid,
        "Add" | "Sub" | "Mul" => arithmetic::binary,
        "Div" => arithmetic::div,
        "Sum" => arithmetic::sum,
        "Neg" => arithmetic::neg,
        "Max" | "Min" => arithmetic::extremum,
        "Mod" | "Pow" | "Equal" | "Greater" | "GreaterOrEqual" | "Less" | "LessOrEqual" | "And" | "Or" => {
            constants::binary
        }
        "Abs" | "Floor" | "Ceil" | "Round" | "Sqrt" | "Exp" | "Log" | "Reciprocal" | "Not" => constants::unary,
        "Where" => constants::select_where,
        _ => return None,
    };
    Some(converter)
}

fn structural(operator: &str) -> Option<Converter> {
    let converter: Converter = match operator {
        "Constant" => constants::constant,
        "ConstantOfShape" => constants::constant_of_shape,
        "Range" => constants::range,
        "Shape" => constants::shape,
        "Size" => constants::size,
        "Identity" => shape::identity,
        "Dropout" => shape::dropout,
        "Cast" | "CastLike" => shape::cast,
        "Reshape" => shape::reshape,
        "Flatten" => shape::flatten,
        "Squeeze" => shape::squeeze,
        "Unsqueeze" => shape::unsqueeze,
        "Transpose" => shape::transpose,
        "Slice" => select::slice,
        "Split" => select::split,
        "Gather" => select::gather,
        "Expand" => select::expand,
        "Tile" => select::tile,
        "Concat" => select::concat,
        "ArgMax" => classic::arg_max,
        _ => return None,
    };
    Some(converter)
}

fn classic_converter(operator: &str) -> Option<Converter> {
    let converter: Converter = match operator {
        "LinearClassifier" => classic::linear_classifier,
        "LinearRegressor" => classic::linear_regressor,
        "Normalizer" => classic::normalizer,
        "Scaler" => classic::scaler,
        "ZipMap" => classic::zip_map,
        _ => return None,
    };
    Some(converter)
}

/// Operators that only move or rename a class label; what they make of one is a label again.
pub(super) fn passes_labels(node: &OnnxNode) -> bool {
    matches!(
        node.operator.as_str(),
        "Cast"
            | "CastLike"
            | "Identity"
            | "Reshape"
            | "Squeeze"
            | "Unsqueeze"
            | "Flatten"
            | "Gather"
            | "ArrayFeatureExtractor"
            | "ZipMap"
            | "LabelEncoder"
    )
}

/// What to do about an operator that has no converter.
pub(super) fn refusal(node: &OnnxNode) -> Refusal {
    let advice = match node.operator.as_str() {
        "QuantizeLinear"
        | "DequantizeLinear"
        | "QLinearConv"
        | "QLinearMatMul"
        | "ConvInteger"
        | "MatMulInteger"
        | "DynamicQuantizeLinear" => "export the float model: Peacrab quantizes it itself",
        "LSTM" | "GRU" | "RNN" | "Loop" | "Scan" | "If" => {
            "recurrent and conditional models are not supported: use convolutions over time"
        }
        "LayerNormalization" | "InstanceNormalization" | "GroupNormalization" | "LpNormalization" => {
            "train with BatchNormalization, which costs nothing at run time"
        }
        "Gelu" | "Erf" | "Elu" | "Selu" | "Celu" | "Softplus" | "Softsign" | "Mish" | "Swish" | "ThresholdedRelu" => {
            "train with Relu, LeakyRelu, HardSwish, Sigmoid or Tanh instead"
        }
        "ConvTranspose" => "use Resize (nearest) and Conv instead",
        "TopK" | "ArgMin" | "NonMaxSuppression" => "end the model before it and do this step on the scores",
        operator if operator.starts_with("TreeEnsemble") || operator.starts_with("SVM") => {
            "use a linear model or a small neural network"
        }
        _ if !node.domain.is_empty() && node.domain != ML_DOMAIN => {
            "export with standard operators; local functions are inlined by `onnx.inliner.inline_local_functions`"
        }
        _ => "docs/operators.md lists the operators to use instead",
    };
    Refusal::new("the operator is not supported", advice)
}

/// One output that is a tensor.
fn one(tensor: crate::graph::float::TensorId) -> Converted {
    Ok(vec![Value::Tensor(tensor)])
}
