//! The checked view.

use core::fmt;
use core::mem::size_of;

use bytemuck::Pod;

use crate::{
    ALIGNMENT, Header, KernelId, MAGIC, OperatorRecord, PortRecord, Target, TensorRecord, VERSION, checksum_of_program,
};

/// Why bytes are not a program. The numbers are stable: a device reports them to the host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
#[repr(u8)]
pub enum FormatError {
    /// Shorter than a header, or than the header says.
    Truncated = 1,
    /// The bytes do not start at a multiple of [`ALIGNMENT`].
    Misaligned = 2,
    /// Does not start with [`MAGIC`].
    NotAProgram = 3,
    /// Made for another version of the format.
    Version = 4,
    /// Packed for a core that this build does not know.
    Target = 5,
    /// The checksum is wrong: the bytes were damaged.
    Checksum = 6,
    /// A table or list lies outside the program.
    OutOfProgram = 7,
    /// A tensor or scratch space lies outside the arena.
    OutOfArena = 8,
    /// A tensor has an extent of 0, more elements than can be addressed, or a zero point outside i8.
    Tensor = 9,
    /// A kernel number that this build does not know.
    Kernel = 10,
    /// An operator or port names a tensor that is not there.
    TensorIndex = 11,
    /// No operator, input or output at all.
    Empty = 12,
}

impl fmt::Display for FormatError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Truncated => "program is truncated",
            Self::Misaligned => "program is not aligned to 16 bytes",
            Self::NotAProgram => "not a program",
            Self::Version => "program has another format version",
            Self::Target => "program is packed for an unknown core",
            Self::Checksum => "program is damaged: checksum differs",
            Self::OutOfProgram => "program refers to bytes outside itself",
            Self::OutOfArena => "program refers to bytes outside its arena",
            Self::Tensor => "program has an impossible tensor",
            Self::Kernel => "program names an unknown kernel",
            Self::TensorIndex => "program names a tensor that is not there",
            Self::Empty => "program has no operator, input or output",
        })
    }
}

impl core::error::Error for FormatError {}

/// A checked view of a program's bytes. After [`Program::load`] no accessor can fail on what the tables name.
#[derive(Debug, Clone, Copy)]
pub struct Program<'a> {
    bytes: &'a [u8],
    header: &'a Header,
    tensors: &'a [TensorRecord],
    operators: &'a [OperatorRecord],
    inputs: &'a [PortRecord],
    outputs: &'a [PortRecord],
}

/// One activation tensor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TensorView {
    /// `[N, H, W, C]`.
    pub shape: [usize; 4],
    /// Offset in the arena, in bytes.
    pub offset: usize,
    /// Number of elements, and of bytes.
    pub elements: usize,
    /// Integer that stands for real 0.
    pub zero_point: i8,
}

/// One operator.
#[derive(Debug, Clone, Copy)]
pub struct Operator<'a> {
    /// Which kernel computes it.
    pub kernel: KernelId,
    /// Indices of the input tensors.
    pub inputs: &'a [u32],
    /// Index of the output tensor.
    pub output: u32,
    /// The kernel's own record.
    pub parameters: &'a [u8],
    /// Offset of the scratch bytes in the arena.
    pub scratch_offset: usize,
    /// Size of the scratch bytes.
    pub scratch_bytes: usize,
}

impl<'a> Program<'a> {
    /// Checks the structure of a program; bytes behind its device part are not looked at.
    ///
    /// # Errors
    /// The first thing found wrong, as [`FormatError`].
    pub fn load(bytes: &'a [u8]) -> Result<Self, FormatError> {
        let (bytes, header) = check_header(bytes)?;
        let program = Program {
            bytes,
            header,
            tensors: table(bytes, header.tensors, header.tensor_count)?,
            operators: table(bytes, header.operators, header.operator_count)?,
            inputs: table(bytes, header.inputs, header.input_count)?,
            outputs: table(bytes, header.outputs, header.output_count)?,
        };
        if program.operators.is_empty() || program.inputs.is_empty() || program.outputs.is_empty() {
            return Err(FormatError::Empty);
        }
        program.check_tensors()?;
        program.check_operators()?;
        program.check_ports()?;
        Ok(program)
    }

    /// The header.
    pub fn header(&self) -> &'a Header {
        self.header
    }

    /// The device part.
    pub fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// Which core the weights are packed for.
    pub fn target(&self) -> Target {
        Target::from_number(self.header.target).unwrap_or(Target::Portable)
    }

    /// Size of the arena.
    pub fn arena_bytes(&self) -> usize {
        self.header.arena_bytes as usize
    }

    /// Number of tensors.
    pub fn tensor_count(&self) -> usize {
        self.tensors.len()
    }

    /// Number of operators.
    pub fn operator_count(&self) -> usize {
        self.operators.len()
    }

    /// The inputs.
    pub fn inputs(&self) -> &'a [PortRecord] {
        self.inputs
    }

    /// The outputs.
    pub fn outputs(&self) -> &'a [PortRecord] {
        self.outputs
    }

    /// One tensor; `None` past the last.
    pub fn tensor(&self, index: u32) -> Option<TensorView> {
        TensorView::new(self.tensors.get(index as usize)?)
    }

    /// One operator; `None` past the last.
    pub fn operator(&self, index: usize) -> Option<Operator<'a>> {
        let record = self.operators.get(index)?;
        let operands: &[u32] = self.list(record.operands, usize::from(record.input_count) + 1)?;
        let (&output, inputs) = operands.split_last()?;
        Some(Operator {
            kernel: KernelId::from_number(record.kernel)?,
            inputs,
            output,
            parameters: range(self.bytes, record.parameters, record.parameter_bytes as usize)?,
            scratch_offset: record.scratch_offset as usize,
            scratch_bytes: record.scratch_bytes as usize,
        })
    }

    /// A list of `count` plain values in the program's data; `None` where it does not fit or is not aligned.
    pub fn list<T: Pod>(&self, offset: u32, count: usize) -> Option<&'a [T]> {
        let bytes = range(self.bytes, offset, count.checked_mul(size_of::<T>())?)?;
        bytemuck::try_cast_slice(bytes).ok()
    }

    fn check_tensors(&self) -> Result<(), FormatError> {
        for record in self.tensors {
            let tensor = TensorView::new(record).ok_or(FormatError::Tensor)?;
            self.check_arena(tensor.offset, tensor.elements)?;
        }
        Ok(())
    }

    fn check_operators(&self) -> Result<(), FormatError> {
        for (index, record) in self.operators.iter().enumerate() {
            KernelId::from_number(record.kernel).ok_or(FormatError::Kernel)?;
            let operator = self.operator(index).ok_or(FormatError::OutOfProgram)?;
            if record.parameters % 4 != 0 {
                return Err(FormatError::OutOfProgram);
            }
            for &tensor in operator.inputs {
                self.tensor(tensor).ok_or(FormatError::TensorIndex)?;
            }
            self.tensor(operator.output).ok_or(FormatError::TensorIndex)?;
            self.check_arena(operator.scratch_offset, operator.scratch_bytes)?;
        }
        Ok(())
    }

    fn check_ports(&self) -> Result<(), FormatError> {
        for port in self.inputs.iter().chain(self.outputs) {
            let tensor = self.tensor(port.tensor).ok_or(FormatError::TensorIndex)?;
            let [.., channels] = tensor.shape;
            let count = port.conversion_count as usize;
            if count > 1 && count != channels || port.shift > 31 {
                return Err(FormatError::Tensor);
            }
            self.list::<crate::Conversion>(port.conversions, count).ok_or(FormatError::OutOfProgram)?;
        }
        Ok(())
    }

    fn check_arena(&self, offset: usize, bytes: usize) -> Result<(), FormatError> {
        match offset.checked_add(bytes) {
            Some(end) if end <= self.arena_bytes() => Ok(()),
            _ => Err(FormatError::OutOfArena),
        }
    }
}

impl TensorView {
    fn new(record: &TensorRecord) -> Option<Self> {
        let shape = record.shape.map(|extent| extent as usize);
        let mut elements: usize = 1;
        for extent in shape {
            elements = elements.checked_mul(extent)?;
        }
        if elements == 0 || elements > i32::MAX as usize {
            return None;
        }
        let zero_point = i8::try_from(record.zero_point).ok()?;
        Some(TensorView { shape, offset: record.offset as usize, elements, zero_point })
    }
}

fn check_header(bytes: &[u8]) -> Result<(&[u8], &Header), FormatError> {
    if !(bytes.as_ptr() as usize).is_multiple_of(ALIGNMENT) {
        return Err(FormatError::Misaligned);
    }
    let first = bytes.get(..size_of::<Header>()).ok_or(FormatError::Truncated)?;
    let header: &Header = bytemuck::try_from_bytes(first).map_err(|_| FormatError::Misaligned)?;
    if header.magic != MAGIC {
        return Err(FormatError::NotAProgram);
    }
    if header.version != VERSION || usize::from(header.header_bytes) != size_of::<Header>() {
        return Err(FormatError::Version);
    }
    let device_bytes = header.device_bytes as usize;
    if device_bytes < size_of::<Header>() || !device_bytes.is_multiple_of(ALIGNMENT) {
        return Err(FormatError::Truncated);
    }
    let device = bytes.get(..device_bytes).ok_or(FormatError::Truncated)?;
    if checksum_of_program(device) != header.checksum {
        return Err(FormatError::Checksum);
    }
    Target::from_number(header.target).ok_or(FormatError::Target)?;
    Ok((device, header))
}

fn range(bytes: &[u8], offset: u32, length: usize) -> Option<&[u8]> {
    let start = offset as usize;
    bytes.get(start..start.checked_add(length)?)
}

fn table<T: Pod>(bytes: &[u8], offset: u32, count: u32) -> Result<&[T], FormatError> {
    let length = (count as usize).checked_mul(size_of::<T>()).ok_or(FormatError::OutOfProgram)?;
    let bytes = range(bytes, offset, length).ok_or(FormatError::OutOfProgram)?;
    bytemuck::try_cast_slice(bytes).map_err(|_| FormatError::OutOfProgram)
}
