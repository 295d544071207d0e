//! Fused activations narrower than i8.

use crate::Requant;
use crate::requant::clamp_to;

/// Clamps output that is saturated to i8 so far; does nothing where the activation spans all of i8, as it does in almost every layer.
pub fn clamp(requant: &Requant, output: &mut [i8]) {
    let (low, high) = (requant.activation_min, requant.activation_max);
    if (low, high) != (i8::MIN, i8::MAX) {
        for element in output {
            *element = clamp_to(i32::from(*element), low, high);
        }
    }
}
