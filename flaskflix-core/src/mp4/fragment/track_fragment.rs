//! The samples that one fragment has of one track: `traf` (ISO 14496-12 section 8.8.6).

use super::{
    columns::Listed,
    header::{Defaults, TrackFragmentHeader},
    run::Run,
};
use crate::mp4::{
    BoxFault, FourCc, Limits, Mp4Error,
    walk::{BoxView, Walk},
};

/// The boxes of a `traf` box.
#[derive(Debug)]
pub(super) struct TrackFragment {
    pub(super) header: TrackFragmentHeader,
    /// Decode time of the first sample (`tfdt`, section 8.8.12), when the fragment says it.
    pub(super) decode_time: Option<u64>,
    truns: Vec<BoxView>,
}

impl TrackFragment {
    pub(super) fn gather(traf: &BoxView, walk: &Walk) -> Result<Self, Mp4Error> {
        let (mut header, mut decode_time, mut truns) = (None, None, Vec::new());
        for child in walk.children(traf) {
            let child = child?;
            match &child.fourcc.0 {
                b"tfhd" => header = Some(TrackFragmentHeader::parse(&child)?),
                b"tfdt" => {
                    let mut fields = child.fields();
                    let (version, _) = fields.version_and_flags()?;
                    decode_time = Some(fields.u32_or_u64(version)?);
                }
                b"trun" => truns.push(child),
                _ => {}
            }
        }
        Ok(Self {
            header: header.ok_or(Mp4Error::in_box(FourCc(*b"tfhd"), BoxFault::Missing))?,
            decode_time,
            truns,
        })
    }

    /// Whether there is no sample.
    pub(super) fn is_empty(&self) -> Result<bool, Mp4Error> {
        for trun in &self.truns {
            let mut fields = trun.fields();
            fields.version_and_flags()?;
            if fields.u32()? > 0 {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Shows every sample to `visit`; data offsets count from `base`. Returns where the data ends.
    ///
    /// A run that does not say where its data starts follows the run before (section 8.8.8.1).
    pub(super) fn each_sample(
        &self,
        base: u64,
        defaults: Defaults,
        limits: &Limits,
        mut visit: impl FnMut(Listed) -> Result<(), BoxFault>,
    ) -> Result<u64, Mp4Error> {
        let mut end = base;
        for trun in &self.truns {
            let run = Run::parse(trun, defaults, limits)?;
            if let Some(offset) = run.data_offset {
                end = base.checked_add_signed(i64::from(offset)).ok_or_else(|| {
                    trun.fault(BoxFault::BadField {
                        field: "data_offset",
                        value: u64::from(offset.cast_unsigned()),
                    })
                })?;
            }
            for sample in run.samples(end) {
                end = sample.offset.saturating_add(u64::from(sample.size));
                visit(sample).map_err(|fault| trun.fault(fault))?;
            }
        }
        Ok(end)
    }
}
