//! The cropping window that sequence parameter sets of H.264 and HEVC share.

use crate::mp4::Bits;

/// Reads the four offsets of a cropping window and cuts them off a coded size. They count samples of colour
/// (ISO 14496-10 and ISO 23008-2, table 6-1: `chroma_format_idc` says how many of brightness one stands for), of H.264
/// in units of `fields` rows.
pub(super) fn cropped(
    bits: &mut Bits<'_>,
    coded: (u32, u32),
    chroma: u32,
    fields: u32,
) -> Option<(u32, u32)> {
    let (across, down) = match chroma {
        1 => (2, 2),
        2 => (2, 1),
        _ => (1, 1),
    };
    let mut offset = || bits.unsigned_golomb();
    let (left, right, top, bottom) = (offset()?, offset()?, offset()?, offset()?);
    Some((
        coded
            .0
            .checked_sub(left.checked_add(right)?.checked_mul(across)?)?,
        coded
            .1
            .checked_sub(top.checked_add(bottom)?.checked_mul(down)?.checked_mul(fields)?)?,
    ))
}
