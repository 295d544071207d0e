//! Data sets from files on disk, as the command line reads them.

use std::path::PathBuf;

use super::npy::tests::npy_bytes;
use super::*;

struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        Folder(tempfile::tempdir().unwrap())
    }

    fn write(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.0.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    }
}

fn spec(name: &str, shape: &[usize]) -> InputSpec {
    InputSpec { name: name.into(), shape: shape.to_vec() }
}

fn read(path: &Path, specs: &[InputSpec]) -> Result<Inputs, DataError> {
    read_inputs(path, specs, &InputTransform::default())
}

#[test]
fn npy_samples_of_a_model() {
    let folder = Folder::new();
    let path = folder.write("x.npy", &npy_bytes("'|u1'", false, "(3, 2)", &[1, 2, 3, 4, 5, 255]));
    let inputs = read(&path, &[spec("in", &[1, 2])]).unwrap();
    assert_eq!(inputs.samples[0].values, [1., 2., 3., 4., 5., 255.]);
    assert_eq!(inputs.samples[0].source_dtype, Dtype::U8);
    assert!(matches!(read(&path, &[spec("in", &[1, 3])]), Err(DataError::Shape { .. })));
    assert!(matches!(read(&path, &[spec("a", &[1, 2]), spec("b", &[1, 2])]), Err(DataError::ArrayNames { .. })));
}

#[test]
fn unknown_and_missing_files() {
    let folder = Folder::new();
    let path = folder.write("x.mat", b"");
    assert!(matches!(read(&path, &[spec("in", &[1, 2])]), Err(DataError::UnknownFormat { .. })));
    for name in ["none.npy", "none.npz", "none.csv"] {
        let path = folder.0.path().join(name);
        assert!(matches!(read(&path, &[spec("in", &[1, 2])]), Err(DataError::Read { .. })), "{name}");
    }
}

#[test]
fn npz_arrays_go_to_the_inputs_of_their_names() {
    let folder = Folder::new();
    let path = folder.0.path().join("x.npz");
    let write = |names: [&str; 2], counts: [usize; 2]| {
        let mut archive = npyz::npz::NpzWriter::create(&path).unwrap();
        for (name, count) in names.into_iter().zip(counts) {
            archive.zip_writer().start_file(format!("{name}.npy"), Default::default()).unwrap();
            let bytes = npy_bytes("'|u1'", false, &format!("({count}, 1)"), &vec![name.len() as u8; count]);
            std::io::Write::write_all(archive.zip_writer(), &bytes).unwrap();
        }
        archive.zip_writer().finish().unwrap();
    };
    let specs = [spec("long", &[1, 1]), spec("b", &[1, 1])];
    write(["b", "long"], [2, 2]);
    let inputs = read(&path, &specs).unwrap();
    assert_eq!(inputs.samples[0].values, [4.0, 4.0]);
    assert_eq!(inputs.samples[1].values, [1.0, 1.0]);
    write(["arr_0", "arr_1"], [2, 2]);
    assert!(read(&path, &specs).is_ok());
    write(["arr_0", "arr_1"], [2, 3]);
    assert!(matches!(read(&path, &specs), Err(DataError::Length { found: 3, wanted: 2, .. })));
    write(["a", "b"], [2, 2]);
    let error = read(&path, &specs).unwrap_err().to_string();
    assert!(error.contains("\"a\"") && error.contains("\"long\""), "{error}");
}

#[test]
fn data_set_checks_lengths_and_limits() {
    let folder = Folder::new();
    let x = folder.write("x.csv", b"a,b\n1,2\n3,4\n5,6\n7,8\n");
    let y = folder.write("y.csv", b"0\n1\n");
    let g = folder.write("g.csv", b"group\n9\n4\n9\n4\n");
    let specs = [spec("in", &[1, 2])];
    let files = DataFiles { inputs: &x, labels: Some(&y), groups: Some(&g) };
    let mut set = Dataset::read(files, &specs, &InputTransform::default()).unwrap();
    set.truncate(3);
    assert_eq!(set.count(), 3);
    assert_eq!(set.sample(2), [&[5.0, 6.0]]);
    assert_eq!(set.groups, Some(vec![9, 4, 9]));
    assert_eq!(set.labels.unwrap().arrays[0].values, LabelValues::Integers(vec![1, 0, 1]));

    let error = Dataset::read(DataFiles { groups: None, ..files }, &specs, &InputTransform::default()).unwrap_err();
    assert!(matches!(error, DataError::Length { found: 2, wanted: 4, .. }), "{error}");
    let error = Dataset::read(DataFiles { groups: Some(&y), ..files }, &specs, &InputTransform::default()).unwrap_err();
    assert!(matches!(error, DataError::Length { found: 2, wanted: 4, .. }), "{error}");
    let bad = folder.write("bad.csv", b"0.5\n1\n");
    assert!(matches!(read_groups(&bad), Err(DataError::Groups { .. })));
}

#[test]
fn a_folder_of_images_with_labels() {
    let folder = Folder::new();
    for (name, value) in [("b.png", 200u8), ("a.png", 100)] {
        let image = image::GrayImage::from_pixel(2, 3, image::Luma([value]));
        image.save(folder.0.path().join(name)).unwrap();
    }
    let labels = folder.write("labels.csv", b"file,label\nb.png,dog\na.png,cat\n");
    let files = DataFiles { inputs: folder.0.path(), labels: Some(&labels), groups: None };
    let transform = InputTransform::parse(Some("0.01"), Some("100")).unwrap();
    let set = Dataset::read(files, &[spec("in", &[1, 1, 3, 2])], &transform).unwrap();
    assert_eq!((set.sample(0), set.sample(1)), (vec![&[0.0; 6][..]], vec![&[1.0; 6][..]]));
    assert_eq!(set.labels.unwrap().arrays[0].values, LabelValues::Names(vec!["cat".into(), "dog".into()]));
    let error = Dataset::read(files, &[spec("in", &[1, 1, 2, 3])], &transform).unwrap_err().to_string();
    assert!(error.contains("[2, 3, 2, 1]") && error.contains("[1, 1, 2, 3]"), "{error}");
}
