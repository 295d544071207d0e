//! The program's checksum: CRC-32 (ISO-HDLC, the one of zlib) over the device part without the checksum's own field.

use core::mem::offset_of;

use crate::Header;

/// A table of 1 KB is eight times as fast as none.
#[cfg(not(feature = "small"))]
type Table = crc::Table<1>;
#[cfg(feature = "small")]
type Table = crc::NoTable;

const CRC: crc::Crc<u32, Table> = crc::Crc::<u32, Table>::new(&crc::CRC_32_ISO_HDLC);

/// CRC-32 of plain bytes.
pub fn checksum(bytes: &[u8]) -> u32 {
    CRC.checksum(bytes)
}

/// CRC-32 of a device part: all of its bytes except the four of [`Header::checksum`].
pub fn checksum_of_program(device_part: &[u8]) -> u32 {
    const FIELD: usize = offset_of!(Header, checksum);
    let mut digest = CRC.digest();
    digest.update(device_part.get(..FIELD).unwrap_or(device_part));
    digest.update(device_part.get(FIELD + 4..).unwrap_or(&[]));
    digest.finalize()
}
