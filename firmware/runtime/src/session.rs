//! A model with memory: samples in, inference, results out.

use core::fmt;
use core::ops::Range;

use peacrab_format::{ALIGNMENT, Conversion, PortRecord, RawElement};

use crate::Model;
use crate::kernel;

/// Sees the operators of an inference go by: this is how a profiler counts and a simulator looks at tensors. `()` sees nothing.
pub trait Observer {
    /// Called right before operator `index` runs.
    fn before_operator(&mut self, index: usize) {
        let _ = index;
    }

    /// Called right after operator `index` ran; its output tensor lies in `arena`.
    fn after_operator(&mut self, index: usize, arena: &[u8]) {
        let _ = (index, arena);
    }
}

impl Observer for () {}

/// A model and its arena.
#[derive(Debug)]
pub struct Session<'m, 'p, 'a> {
    model: &'m Model<'p>,
    arena: &'a mut [u8],
}

/// Why an arena does not do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum SessionError {
    /// The arena is smaller than [`Model::arena_bytes`].
    ArenaTooSmall {
        /// What the model needs.
        needed_bytes: usize,
    },
    /// The arena does not start at a multiple of 16 bytes.
    ArenaMisaligned,
}

/// Why an input, an output or an inference is not to be had.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum InvokeError {
    /// There is no input or output of this index.
    NoSuchPort,
    /// The sample has another number of elements than the input.
    SampleLength {
        /// What the input takes.
        expected: usize,
    },
    /// The program has no conversion from samples of this type, or to real values.
    NoConversion,
    /// An operator could not run; cannot happen with a loaded model.
    Operator {
        /// Its index.
        index: u16,
    },
}

impl fmt::Display for SessionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ArenaTooSmall { needed_bytes } => {
                write!(f, "arena is too small: the model needs {needed_bytes} bytes")
            }
            Self::ArenaMisaligned => f.write_str("arena is not aligned to 16 bytes"),
        }
    }
}

impl fmt::Display for InvokeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoSuchPort => f.write_str("no input or output of this index"),
            Self::SampleLength { expected } => write!(f, "sample must have {expected} elements"),
            Self::NoConversion => f.write_str("program has no conversion for this element type"),
            Self::Operator { index } => write!(f, "operator {index} could not run"),
        }
    }
}

impl core::error::Error for SessionError {}
impl core::error::Error for InvokeError {}

/// The largest element of an output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Best {
    /// Its index: the first one where several are equally large.
    pub label: usize,
    /// Its quantized value.
    pub quantized: i8,
    /// Its real value in Q16.16; `None` where the output's scale does not fit.
    pub score: Option<i32>,
}

impl<'m, 'p, 'a> Session<'m, 'p, 'a> {
    /// Gives a model its memory; what the arena holds does not matter.
    ///
    /// # Errors
    /// The arena is too small or misaligned.
    pub fn new(model: &'m Model<'p>, arena: &'a mut [u8]) -> Result<Self, SessionError> {
        let needed_bytes = model.arena_bytes();
        if !(arena.as_ptr() as usize).is_multiple_of(ALIGNMENT) {
            return Err(SessionError::ArenaMisaligned);
        }
        match arena.get_mut(..needed_bytes) {
            Some(arena) => Ok(Session { model, arena }),
            None => Err(SessionError::ArenaTooSmall { needed_bytes }),
        }
    }

    /// The quantized elements of input `index`, to be filled before each [`invoke`](Self::invoke): an inference may use their memory.
    pub fn input_mut(&mut self, index: usize) -> Option<&mut [i8]> {
        let range = self.range(self.model.program().inputs().get(index)?)?;
        bytemuck::try_cast_slice_mut(self.arena.get_mut(range)?).ok()
    }

    /// The quantized elements of output `index`, valid after [`invoke`](Self::invoke).
    pub fn output(&self, index: usize) -> Option<&[i8]> {
        let range = self.range(self.model.program().outputs().get(index)?)?;
        bytemuck::try_cast_slice(self.arena.get(range)?).ok()
    }

    /// Quantizes a sample of bytes, such as pixels, into input `index`.
    ///
    /// # Errors
    /// No such input, another length, or a program whose calibration samples were not bytes.
    pub fn write_u8(&mut self, index: usize, sample: &[u8]) -> Result<(), InvokeError> {
        self.write_raw(index, RawElement::U8, sample)
    }

    /// Quantizes a sample of signed bytes into input `index`.
    ///
    /// # Errors
    /// As [`write_u8`](Self::write_u8).
    pub fn write_i8(&mut self, index: usize, sample: &[i8]) -> Result<(), InvokeError> {
        self.write_raw(index, RawElement::I8, sample)
    }

    /// Quantizes a sample of 16-bit integers, such as audio, into input `index`.
    ///
    /// # Errors
    /// As [`write_u8`](Self::write_u8).
    pub fn write_i16(&mut self, index: usize, sample: &[i16]) -> Result<(), InvokeError> {
        self.write_raw(index, RawElement::I16, sample)
    }

    /// Runs every operator once.
    ///
    /// # Errors
    /// Never with a loaded model: the result is there so that even a bug of ours cannot panic.
    pub fn invoke(&mut self, observer: &mut impl Observer) -> Result<(), InvokeError> {
        for index in 0..self.model.operator_count() {
            observer.before_operator(index);
            kernel::run(self.model.program(), index, self.arena)
                .ok_or(InvokeError::Operator { index: index as u16 })?;
            observer.after_operator(index, self.arena);
        }
        Ok(())
    }

    /// The largest element of output `index`: the label of a classifier and its score.
    pub fn best(&self, index: usize) -> Option<Best> {
        let output = self.output(index)?;
        let (&first, rest) = output.split_first()?;
        let (label, quantized) = rest.iter().enumerate().fold((0, first), |best, (position, &value)| {
            if value > best.1 { (position.wrapping_add(1), value) } else { best }
        });
        Some(Best { label, quantized, score: self.score(index, label) })
    }

    /// Real value of one element of output `index`, in Q16.16.
    pub fn score(&self, index: usize, element: usize) -> Option<i32> {
        let port = self.model.program().outputs().get(index)?;
        let quantized = *self.output(index)?.get(element)?;
        let conversion = self.conversions(port)?.first()?;
        Some(convert(i32::from(quantized), conversion, port.shift))
    }

    fn write_raw<T: Copy + Into<i32>>(
        &mut self,
        index: usize,
        element: RawElement,
        sample: &[T],
    ) -> Result<(), InvokeError> {
        let port = self.model.program().inputs().get(index).ok_or(InvokeError::NoSuchPort)?;
        if port.raw_element != element as u32 {
            return Err(InvokeError::NoConversion);
        }
        let conversions = self.conversions(port).filter(|list| !list.is_empty()).ok_or(InvokeError::NoConversion)?;
        let input = self.input_mut(index).ok_or(InvokeError::NoSuchPort)?;
        if input.len() != sample.len() {
            return Err(InvokeError::SampleLength { expected: input.len() });
        }
        for ((q, &raw), conversion) in input.iter_mut().zip(sample).zip(conversions.iter().cycle()) {
            *q = convert(raw.into(), conversion, port.shift).clamp(-128, 127) as i8;
        }
        Ok(())
    }

    fn conversions(&self, port: &PortRecord) -> Option<&'p [Conversion]> {
        self.model.program().list(port.conversions, port.conversion_count as usize)
    }

    fn range(&self, port: &PortRecord) -> Option<Range<usize>> {
        let tensor = self.model.program().tensor(port.tensor)?;
        Some(tensor.offset..tensor.offset.checked_add(tensor.elements)?)
    }
}

/// `(value * multiplier + bias) >> shift`; see `docs/numerics.md`.
fn convert(value: i32, conversion: &Conversion, shift: u32) -> i32 {
    value.wrapping_mul(conversion.multiplier).wrapping_add(conversion.bias).wrapping_shr(shift)
}
