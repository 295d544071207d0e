//! The numbers that name kernels and cores in a program. A number is never reused.

macro_rules! numbered {
    ($(#[$meta:meta])* $name:ident: $repr:ty { $($(#[$vmeta:meta])* $variant:ident = $value:literal => $text:literal,)* }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum $name { $($(#[$vmeta])* $variant = $value,)* }

        impl $name {
            /// Every value there is, in the order of the numbers.
            pub const ALL: &'static [$name] = &[$($name::$variant,)*];

            /// The value with this number, if there is one.
            pub fn from_number(number: $repr) -> Option<Self> {
                match number {
                    $($value => Some(Self::$variant),)*
                    _ => None,
                }
            }

            /// The number in a program.
            pub fn number(self) -> $repr {
                self as $repr
            }

            /// The name in reports.
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)*
                }
            }
        }
    };
}

numbered! {
    /// Which kernel computes an operator. A packed weight layout is a kernel of its own.
    KernelId: u16 {
        /// 2-D convolution with groups, plain weights `[O, FH, FW, I / groups]`.
        Conv2d = 1 => "conv2d",
        /// Depthwise 2-D convolution, plain weights `[FH, FW, O]`.
        DepthwiseConv2d = 2 => "depthwise_conv2d",
        /// Fully connected, plain weights `[O, I]`.
        Dense = 3 => "dense",
        /// Maximum over windows.
        MaxPool2d = 4 => "max_pool2d",
        /// Mean over windows.
        AveragePool2d = 5 => "average_pool2d",
        /// Weighted sum of two tensors (addition and subtraction).
        Add = 6 => "add",
        /// Product of two tensors.
        Mul = 7 => "mul",
        /// A function of one element, as a table.
        Lut = 8 => "lut",
        /// Softmax along the last axis.
        Softmax = 9 => "softmax",
        /// Logarithm of softmax along the last axis.
        LogSoftmax = 10 => "log_softmax",
        /// Tensors joined along an axis.
        Concat = 11 => "concat",
        /// Strided copy: slice, transpose, pad.
        Copy = 12 => "copy",
        /// Nearest-neighbour resize of height and width.
        Resize = 13 => "resize",
        /// Leaky relu with a slope for every channel.
        PRelu = 14 => "prelu",
        /// Division of each vector by its norm.
        Normalize = 15 => "normalize",
        /// [`KernelId::Conv2d`] without groups, weights packed in row quads for cores with DSP instructions.
        Conv2dRowQuad = 32 => "conv2d_row_quad",
        /// [`KernelId::DepthwiseConv2d`] with multiplier 1, 3x3 weights packed in pairs of taps for cores with DSP instructions.
        DepthwiseTaps3x3 = 33 => "depthwise_taps_3x3",
        /// [`KernelId::Dense`], weights packed in row quads for cores with DSP instructions.
        DenseRowQuad = 34 => "dense_row_quad",
        /// [`KernelId::Conv2d`] without groups, three taps wide, weights packed in row quads with the taps of a filter row side by side, for
        /// cores with DSP instructions.
        Conv2dBand = 35 => "conv2d_band",
        /// [`KernelId::Conv2d`] without groups, 3x3 weights transformed for tiles of 2x2 outputs, for cores with DSP instructions.
        Conv2dWinograd2x2 = 36 => "conv2d_winograd_2x2",
        /// The same for tiles of 4x4 outputs.
        Conv2dWinograd4x4 = 37 => "conv2d_winograd_4x4",
        /// [`KernelId::Dense`] of a single row, weights packed in chains of eight rows for cores with DSP instructions.
        DenseChains = 38 => "dense_chains",
    }
}

numbered! {
    /// The cores a program is packed for.
    Target: u32 {
        /// Plain weights: every core runs it.
        Portable = 0 => "portable",
        /// Cortex-M4, M7 and the v8-M cores with the DSP extension.
        Armv7em = 1 => "armv7em",
    }
}

impl KernelId {
    /// The core that its weights are packed for.
    pub fn target(self) -> Target {
        if self.number() < Self::Conv2dRowQuad.number() { Target::Portable } else { Target::Armv7em }
    }
}
