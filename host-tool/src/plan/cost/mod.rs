//! What kernels cost: the parts of their work, and cycles for each part.
//!
//! The cycles of each part are fitted to measurements in the simulator: `cargo xtask calibrate`.

pub mod features;

use std::collections::BTreeMap;
use std::sync::LazyLock;

use peacrab_format::KernelId;
use serde::{Deserialize, Serialize};

/// Parts of the work of a kernel: what, and how often.
pub type Features = Vec<(&'static str, f64)>;

/// Modelled cycles of each kernel's parts on a Cortex-M4, no wait states.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Table(pub BTreeMap<String, Costs>);

/// What one kernel costs.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Costs {
    /// Layers that were measured.
    pub layers: usize,
    /// Half of the layers are estimated better than this; relative.
    pub median_error: f64,
    /// The largest error, relative.
    pub largest_error: f64,
    /// Cycles of each part.
    pub cycles: BTreeMap<String, f64>,
}

static TABLE: LazyLock<Table> = LazyLock::new(|| toml::from_str(include_str!("cortex_m4.toml")).unwrap_or_default());

/// Estimated cycles of a kernel's work; 0 where the kernel is not in the table.
pub fn cycles(kernel: KernelId, features: &Features) -> u64 {
    let Some(costs) = TABLE.0.get(kernel.name()) else { return 0 };
    let part = |&(name, count): &(&str, f64)| costs.cycles.get(name).copied().unwrap_or(0.0) * count;
    features.iter().map(part).sum::<f64>().round() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_whole() {
        let table: Table = toml::from_str(include_str!("cortex_m4.toml")).unwrap();
        let kernels = [
            KernelId::Conv2d,
            KernelId::Conv2dRowQuad,
            KernelId::Conv2dBand,
            KernelId::Conv2dWinograd2x2,
            KernelId::Conv2dWinograd4x4,
            KernelId::DepthwiseConv2d,
            KernelId::DepthwiseTaps3x3,
            KernelId::Dense,
            KernelId::DenseRowQuad,
            KernelId::DenseChains,
        ];
        for kernel in kernels {
            let costs = table.0.get(kernel.name()).unwrap_or_else(|| panic!("no costs of {}", kernel.name()));
            assert!(costs.layers > costs.cycles.len(), "{}: {costs:?}", kernel.name());
            assert!(costs.cycles.values().all(|&cycles| cycles >= 0.0), "{}: {costs:?}", kernel.name());
        }
    }
}
