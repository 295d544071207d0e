//! Bytes that no host would write: the loader refuses them, or they run within their memory. Neither ever panics; overflow checks
//! are on in this profile.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::Result;
use peacrab::aligned::AlignedBytes;
use peacrab::emit::ProgramFile;
use peacrab::evaluate::data::Dtype;
use peacrab::plan::Optimize;
use peacrab_format::{Header, KernelId, Program, Target};
use peacrab_hostile::{Outcome, Rng, damage, seal, trial};
use peacrab_runtime::Model;
use peacrab_tests::programs::{converted, device_parts, graphs};

/// Damaged programs tried for each sound one.
const TRIALS: u64 = 3_000;

fn kernels(device_part: &[u8]) -> Vec<KernelId> {
    let bytes = AlignedBytes::new(device_part);
    let program = Program::load(&bytes).expect("a sound program");
    (0..program.operator_count()).filter_map(|index| program.operator(index)).map(|operator| operator.kernel).collect()
}

#[test]
fn the_sound_programs_use_every_kernel_and_run() -> Result<()> {
    let mut seen = BTreeSet::new();
    for (name, part) in device_parts()? {
        assert_eq!(trial(&part, 1), Outcome::Ran, "{name}");
        seen.extend(kernels(&part).iter().map(|kernel| kernel.number()));
    }
    let all: BTreeSet<u16> = KernelId::ALL.iter().map(|kernel| kernel.number()).collect();
    assert_eq!(seen, all);
    Ok(())
}

/// Every kernel's binder and checks, and what gets through them.
#[test]
fn damage_behind_a_good_checksum_never_panics_and_never_leaves_the_arena() -> Result<()> {
    let (mut refused, mut ran) = (0u64, 0u64);
    for (name, part) in device_parts()? {
        let mut loaded = 0;
        for seed in 0..TRIALS {
            let mut rng = Rng::new(seed);
            let mut bytes = part.clone();
            for _ in 0..=rng.below(3) {
                damage(&mut bytes, &mut rng);
            }
            seal(&mut bytes);
            match trial(&bytes, seed) {
                Outcome::Refused(_) => refused += 1,
                Outcome::Ran => (loaded, ran) = (loaded + 1, ran + 1),
                Outcome::TooLarge => loaded += 1,
            }
        }
        assert!(loaded > TRIALS / 100, "{name}: {loaded} damaged programs loaded, too few to say anything");
    }
    println!("{refused} refused, {ran} run");
    Ok(())
}

#[test]
fn every_truncation_is_refused() -> Result<()> {
    for (name, part) in device_parts()? {
        let bytes = AlignedBytes::new(&part);
        for length in 0..part.len() {
            assert!(Model::load_for_any_core(&bytes[..length]).is_err(), "{name} cut to {length} bytes");
        }
    }
    Ok(())
}

/// The checksum finds every change of one byte, wherever it is.
#[test]
fn every_corrupted_byte_is_refused() -> Result<()> {
    let Some((name, part)) = device_parts()?.into_iter().min_by_key(|(_, part)| part.len()) else { return Ok(()) };
    let mut bytes = AlignedBytes::new(&part);
    for index in 0..bytes.len() {
        for pattern in [0x01, 0x10, 0x55, 0x80, 0xff] {
            bytes[index] ^= pattern;
            assert!(Model::load_for_any_core(&bytes).is_err(), "{name}, byte {index} xor {pattern:#x}");
            bytes[index] ^= pattern;
        }
    }
    assert!(Model::load_for_any_core(&bytes).is_ok());
    Ok(())
}

/// A length or a count that lies, with a checksum that is right.
#[test]
fn a_lying_header_is_refused_or_runs() -> Result<()> {
    for (name, part) in device_parts()? {
        for word in (0..size_of::<Header>()).step_by(4) {
            for value in [0u32, 1, 2, 0xff, 0x7fff_ffff, 0x8000_0000, 0xffff_fff0, u32::MAX] {
                let mut bytes = part.clone();
                bytes[word..word + 4].copy_from_slice(&value.to_le_bytes());
                seal(&mut bytes);
                let outcome = trial(&bytes, 7);
                assert!(outcome != Outcome::TooLarge || word == std::mem::offset_of!(Header, arena_bytes), "{name}");
            }
        }
    }
    Ok(())
}

#[test]
fn damaged_metadata_is_an_error() -> Result<()> {
    let graph = &graphs()[0];
    let file = converted(graph, Target::Portable, Optimize::Speed, Dtype::U8)?.bytes;
    let path = Path::new("damaged.pea");
    let sound = ProgramFile::from_bytes(path, &file)?;
    for index in sound.device_part().len()..file.len() {
        for pattern in [0x01, 0x20, 0xff] {
            let mut bytes = file.clone();
            bytes[index] ^= pattern;
            assert!(ProgramFile::from_bytes(path, &bytes).is_err(), "byte {index} xor {pattern:#x}");
        }
        assert!(ProgramFile::from_bytes(path, &file[..index]).is_err(), "cut to {index} bytes");
    }
    Ok(())
}
