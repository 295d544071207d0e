//! What can be wrong with samples, labels and groups.

use std::io;

use miette::Diagnostic;
use thiserror::Error;

/// An error in a data file: what, where (`origin` names the file, and the array inside an `.npz`), and what to do.
#[derive(Debug, Error, Diagnostic)]
pub enum DataError {
    /// The file or folder cannot be opened or read.
    #[error("cannot read {origin}: {source}")]
    #[diagnostic(code(data::read), help("check the path and its permissions"))]
    Read {
        /// File or folder.
        origin: String,
        /// The system's reason.
        #[source]
        source: io::Error,
    },
    /// The file name does not tell a known format.
    #[error("{origin} is not in a known format")]
    #[diagnostic(code(data::unknown_format), help("{expected}"))]
    UnknownFormat {
        /// File.
        origin: String,
        /// The formats that are read at this place.
        expected: &'static str,
    },
    /// The file is not an `.npy` array, or its header is damaged.
    #[error("{origin} is not a readable .npy array: {reason}")]
    #[diagnostic(code(data::npy_header), help("write the file again with numpy.save"))]
    NpyHeader {
        /// File, and array inside an `.npz`.
        origin: String,
        /// What is wrong with the header.
        reason: &'static str,
    },
    /// The array's element type is not one of those that are read.
    #[error("{origin} has elements of type `{dtype}`")]
    #[diagnostic(
        code(data::dtype),
        help(
            "save it as one of: bool, int8 to int64, uint8 to uint64, float32, float64 (numpy: x.astype(numpy.float32)); object arrays and records are not read"
        )
    )]
    Dtype {
        /// File, and array inside an `.npz`.
        origin: String,
        /// The type as the file writes it.
        dtype: String,
    },
    /// The file holds fewer bytes than its header says.
    #[error("{origin} is cut short: its header says {expected_bytes} bytes of data, the file has {found_bytes}")]
    #[diagnostic(code(data::truncated), help("copy or write the file again"))]
    Truncated {
        /// File, and array inside an `.npz`.
        origin: String,
        /// Bytes that the shape and type ask for.
        expected_bytes: u64,
        /// Bytes that are there.
        found_bytes: u64,
    },
    /// The `.npz` archive is damaged.
    #[error("{origin} is not a readable .npz archive: {source}")]
    #[diagnostic(code(data::npz), help("write the file again with numpy.savez or numpy.savez_compressed"))]
    Npz {
        /// File.
        origin: String,
        /// The archive reader's reason.
        #[source]
        source: io::Error,
    },
    /// The arrays of a file do not match the names that are needed.
    #[error("{origin} has the arrays {found:?}, but the model needs {wanted:?}")]
    #[diagnostic(
        code(data::array_names),
        help(
            "name the arrays as the model does: numpy.savez(file, name=array, ...), or give them unnamed in the model's order"
        )
    )]
    ArrayNames {
        /// File.
        origin: String,
        /// Names in the file.
        found: Vec<String>,
        /// Names of the model's inputs or outputs.
        wanted: Vec<String>,
    },
    /// The CSV file cannot be taken apart into rows and cells.
    #[error("{origin} is not readable CSV: {source}")]
    #[diagnostic(code(data::csv), help("every row needs the same number of cells, separated by commas, in UTF-8"))]
    Csv {
        /// File.
        origin: String,
        /// The CSV reader's reason, with the line.
        #[source]
        source: csv::Error,
    },
    /// A cell of a CSV file is not a number.
    #[error("{origin}, line {line}, column {column}: `{cell}` is not a number")]
    #[diagnostic(
        code(data::csv_cell),
        help(
            "columns are features, separated by commas; only the first row may be a header; keep labels in a file of their own"
        )
    )]
    CsvCell {
        /// File.
        origin: String,
        /// Line, from 1.
        line: u64,
        /// Column, from 1.
        column: usize,
        /// The cell's text.
        cell: String,
    },
    /// An image cannot be decoded.
    #[error("cannot decode the image {origin}: {source}")]
    #[diagnostic(code(data::image), help("png, jpeg, bmp, pgm and ppm are read; remove or convert the file"))]
    Image {
        /// File.
        origin: String,
        /// The decoder's reason.
        #[source]
        source: image::ImageError,
    },
    /// An image has pixels of a kind that cannot become a sample without a loss.
    #[error("the image {origin} has {problem}")]
    #[diagnostic(
        code(data::image_pixels),
        help("save it as 8 or 16 bit gray or RGB, without transparency, like the others")
    )]
    ImagePixels {
        /// File.
        origin: String,
        /// What the pixels are.
        problem: &'static str,
    },
    /// Images of one folder differ in size.
    #[error("{origin} is {width}x{height} pixels, but {first} is {first_width}x{first_height}")]
    #[diagnostic(code(data::image_size), help("images are never resized here: bring all to the model's size first"))]
    ImageSize {
        /// The image that differs.
        origin: String,
        /// Its width.
        width: usize,
        /// Its height.
        height: usize,
        /// The folder's first image.
        first: String,
        /// Its width.
        first_width: usize,
        /// Its height.
        first_height: usize,
    },
    /// There is nothing in the file or folder.
    #[error("{origin} holds no samples")]
    #[diagnostic(code(data::empty), help("give at least one sample"))]
    Empty {
        /// File or folder.
        origin: String,
    },
    /// A value is not a number or is infinite.
    #[error("{origin}: element {element} of sample {sample} is {value}")]
    #[diagnostic(
        code(data::not_finite),
        help("samples and labels must be finite 32-bit floats; remove or repair this one")
    )]
    NotFinite {
        /// File, and array inside an `.npz`.
        origin: String,
        /// Sample, from 0.
        sample: usize,
        /// Element inside the sample, from 0, row-major.
        element: usize,
        /// The value.
        value: f64,
    },
    /// The samples do not have the shape that the model takes.
    #[error("{origin} has the shape {found:?}, but the model's input `{input}` has {wanted:?}")]
    #[diagnostic(code(data::shape), help("{advice}"))]
    Shape {
        /// File, and array inside an `.npz`.
        origin: String,
        /// Name of the model's input.
        input: String,
        /// Shape of the array, samples first.
        found: Vec<usize>,
        /// Shape of the model's input, batch of 1 first.
        wanted: Vec<usize>,
        /// What to do.
        advice: &'static str,
    },
    /// A number in `--input-scale` or `--input-zero-point` cannot be read.
    #[error("`{text}` is not a list of finite numbers")]
    #[diagnostic(
        code(data::transform_text),
        help("write one number, or one per channel with commas: 0.5 or 0.1,0.2,0.3")
    )]
    TransformText {
        /// What was given.
        text: String,
    },
    /// A scale of zero makes every sample equal.
    #[error("an input scale is 0")]
    #[diagnostic(code(data::zero_scale), help("the scale is the real value of one integer step"))]
    ZeroScale,
    /// The number of scales or zero points matches no channel axis.
    #[error("{count} values per channel were given for {origin}, whose shape is {shape:?}")]
    #[diagnostic(
        code(data::transform_channels),
        help("give one value, or as many as the last axis (or else the second, after the samples) has elements")
    )]
    TransformChannels {
        /// File, and array inside an `.npz`.
        origin: String,
        /// Values given.
        count: usize,
        /// Shape of the array, samples first.
        shape: Vec<usize>,
    },
    /// Scale and zero point were given, but the samples are floats already.
    #[error("an input scale or zero point is given, but {origin} holds {dtype}, not integers")]
    #[diagnostic(
        code(data::transform_floats),
        help("floats are taken as they are: leave out --input-scale and --input-zero-point, or save the raw integers")
    )]
    TransformFloats {
        /// File, and array inside an `.npz`.
        origin: String,
        /// Its element type.
        dtype: &'static str,
    },
    /// Two files that belong together have different lengths.
    #[error("{origin} has {found} rows, but there are {wanted} {of}")]
    #[diagnostic(
        code(data::length),
        help("give files that belong together, one row per sample (labels may also be one per group)")
    )]
    Length {
        /// The file with the wrong length.
        origin: String,
        /// Its rows.
        found: usize,
        /// Rows that are needed.
        wanted: usize,
        /// What there are so many of.
        of: &'static str,
    },
    /// Windows of one group carry different labels.
    #[error("group {group} has windows with different labels")]
    #[diagnostic(
        code(data::group_labels),
        help("all windows of one clip share its label: check that labels and groups belong together")
    )]
    GroupLabels {
        /// The group.
        group: i64,
    },
    /// The groups are not whole numbers.
    #[error("{origin} does not hold one whole number per sample")]
    #[diagnostic(code(data::groups), help("groups are integers, one per sample, in an .npy file or one CSV column"))]
    Groups {
        /// File.
        origin: String,
    },
    /// The label file has more columns than a label needs.
    #[error("{origin} has {found} columns")]
    #[diagnostic(code(data::label_columns), help("{expected}"))]
    LabelColumns {
        /// File.
        origin: String,
        /// Columns found.
        found: usize,
        /// What is read here.
        expected: &'static str,
    },
    /// An image has no label.
    #[error("{origin} has no label for the image `{file}`")]
    #[diagnostic(code(data::label_missing), help("add a row `file,label` for each image of the folder"))]
    LabelMissing {
        /// Label file.
        origin: String,
        /// Image.
        file: String,
    },
    /// A label does not name a class of the model.
    #[error("{origin}: the label of sample {sample} is {label}, but output `{head}` tells {classes} classes")]
    #[diagnostic(
        code(data::label_range),
        help(
            "labels are class indices from 0, or class names; check that labels and model belong together, and --task"
        )
    )]
    LabelRange {
        /// Label file.
        origin: String,
        /// Sample, from 0.
        sample: usize,
        /// The label.
        label: String,
        /// The model's output.
        head: String,
        /// Classes that the output tells apart.
        classes: usize,
    },
    /// The labels are of a kind that the task cannot use.
    #[error("{origin}: labels of the shape {shape:?} ({kind}) do not fit output `{head}` with {width} values")]
    #[diagnostic(
        code(data::label_kind),
        help(
            "classify needs one class index or name per sample (or one-hot rows), regress as many numbers per sample as the output has, reconstruct 0 or 1"
        )
    )]
    LabelKind {
        /// Label file.
        origin: String,
        /// Shape of the labels.
        shape: Vec<usize>,
        /// Kind of the labels.
        kind: &'static str,
        /// The model's output.
        head: String,
        /// Values of that output per sample.
        width: usize,
    },
}
