//! Compositions of plain shapes.

use std::fmt::Write as _;

use super::drawing::Sheet;

/// Rings around a point, like water or a record.
pub(super) fn rings(sheet: &mut Sheet) {
    let (shade, tone, glow, light) = (
        sheet.palette.shade,
        sheet.palette.tone,
        sheet.palette.glow,
        sheet.palette.light,
    );
    sheet.fill(shade);
    let middle = (
        sheet.chance.between(0.3, 0.7) * sheet.width,
        sheet.chance.between(0.3, 0.42) * sheet.height,
    );
    let step = sheet.unit() * sheet.chance.between(0.075, 0.1);
    for ring in (1_u32..26).rev() {
        let paint = if ring % 2 == 0 { tone } else { shade };
        sheet.circle(middle, step * f64::from(ring), paint, 0.9);
    }
    sheet.circle(middle, step * 4.2, "url(#halo)", 1.0);
    sheet.circle(middle, step * 1.25, glow, 1.0);
    sheet.circle(middle, step * 0.3, light, 1.0);
}

/// Something dark before something bright.
pub(super) fn eclipse(sheet: &mut Sheet) {
    sheet.fill("url(#sky)");
    let (width, height, unit) = (sheet.width, sheet.height, sheet.unit());
    sheet.stars(110, height);
    let middle = (width * sheet.chance.between(0.42, 0.58), height * 0.36);
    let radius = unit * sheet.chance.between(0.22, 0.3);
    let (deep, light) = (sheet.palette.deep, sheet.palette.light);
    sheet.circle(middle, radius * 2.4, "url(#halo)", 1.0);
    sheet.circle(middle, radius * 1.03, light, 1.0);
    let shift = radius * sheet.chance.between(0.03, 0.09);
    sheet.circle((middle.0 + shift, middle.1 - shift), radius, deep, 1.0);
}

/// Fans of arcs, as on old paper.
pub(super) fn scales(sheet: &mut Sheet) {
    let paints = [
        sheet.palette.shade,
        sheet.palette.tone,
        sheet.palette.glow,
        sheet.palette.shade,
        sheet.palette.light,
    ];
    sheet.fill(sheet.palette.shade);
    let radius = sheet.unit() * sheet.chance.between(0.15, 0.21);
    let (mut row, mut y) = (0_u32, radius * 0.2);
    while y < sheet.height + radius {
        let mut x = if row % 2 == 0 { 0.0 } else { radius };
        while x < sheet.width + radius * 2.0 {
            for (ring, paint) in (0_u32..).zip(paints) {
                sheet.circle((x, y), radius * (1.0 - 0.2 * f64::from(ring)), paint, 1.0);
            }
            x += radius * 2.0;
        }
        y += radius * 0.55;
        row += 1;
    }
    sheet.rect((0.0, 0.0), (sheet.width, sheet.height), sheet.palette.deep, 0.25);
}

/// Ribbons that flow across.
pub(super) fn ribbons(sheet: &mut Sheet) {
    sheet.fill("url(#sky)");
    let (width, height, unit) = (sheet.width, sheet.height, sheet.unit());
    let paints = [
        sheet.palette.tone,
        sheet.palette.glow,
        sheet.palette.tone,
        sheet.palette.light,
        sheet.palette.glow,
    ];
    let (from, to) = (sheet.chance.between(0.05, 0.3), sheet.chance.between(0.35, 0.6));
    let bend = sheet.chance.between(0.25, 0.55) * height;
    let thick = unit * sheet.chance.between(0.05, 0.075);
    for ribbon in 0_u32..9 {
        let shift = f64::from(ribbon) * thick * 1.02 - thick * 3.0;
        let data = format!(
            "M{:.1} {:.1}C{:.1} {:.1} {:.1} {:.1} {:.1} {:.1}",
            -thick,
            from * height + shift,
            width * 0.35,
            from * height + shift - bend * 0.4,
            width * 0.55,
            to * height + shift + bend,
            width + thick,
            to * height + shift
        );
        let place = usize::try_from(ribbon).unwrap_or(0) % paints.len();
        let paint = paints.get(place).copied().unwrap_or(sheet.palette.tone);
        sheet.line(&data, paint, (thick * 0.86, 0.9 - 0.07 * f64::from(ribbon)));
    }
}

/// Blades that lean.
pub(super) fn blades(sheet: &mut Sheet) {
    sheet.fill(sheet.palette.shade);
    let (width, height, unit) = (sheet.width, sheet.height, sheet.unit());
    let lean = unit * sheet.chance.between(0.25, 0.7);
    let paints = [
        sheet.palette.tone,
        sheet.palette.deep,
        sheet.palette.glow,
        sheet.palette.shade,
        sheet.palette.tone,
        sheet.palette.light,
    ];
    let mut x = -lean;
    while x < width + lean {
        let thick = sheet.chance.between(0.03, 0.16) * unit;
        let paint = sheet.chance.pick(&paints).unwrap_or(sheet.palette.tone);
        let data = format!(
            "M{:.1} 0H{:.1}L{:.1} {height:.1}H{x:.1}Z",
            x + lean,
            x + lean + thick,
            x + thick
        );
        sheet.path(&data, paint, 0.95);
        x += thick;
    }
}

/// Worlds on their ways.
pub(super) fn orbits(sheet: &mut Sheet) {
    sheet.fill("url(#sky)");
    let (width, height, unit) = (sheet.width, sheet.height, sheet.unit());
    sheet.stars(90, height);
    let middle = (width * sheet.chance.between(0.4, 0.6), height * 0.36);
    sheet.glowing_disc(middle, unit * 0.1);
    let turn = sheet.chance.between(-35.0, 35.0);
    let (glow, light, tone) = (sheet.palette.glow, sheet.palette.light, sheet.palette.tone);
    for ring in 1_u32..5 {
        let rx = unit * (0.12 + 0.11 * f64::from(ring));
        let ry = rx * 0.42;
        sheet.orbit(middle, (rx, ry), turn, light, 1.1);
        let angle = sheet.chance.between(0.0, std::f64::consts::TAU);
        let (x, y) = (rx * angle.cos(), ry * angle.sin());
        let (sin, cos) = turn.to_radians().sin_cos();
        let at = (middle.0 + x * cos - y * sin, middle.1 + x * sin + y * cos);
        let radius = unit * sheet.chance.between(0.014, 0.04);
        sheet.circle(at, radius, if ring % 2 == 0 { glow } else { tone }, 1.0);
        sheet.circle(
            (at.0 - radius * 0.3, at.1 - radius * 0.3),
            radius * 0.45,
            light,
            0.5,
        );
    }
}

/// The sea, line by line.
pub(super) fn waves(sheet: &mut Sheet) {
    sheet.fill("url(#dawn)");
    let (width, height, unit) = (sheet.width, sheet.height, sheet.unit());
    let sun = (sheet.chance.between(0.25, 0.75) * width, height * 0.3);
    sheet.glowing_disc(sun, unit * 0.17);
    let length = unit * sheet.chance.between(0.3, 0.5);
    let paints = [
        sheet.palette.glow,
        sheet.palette.tone,
        sheet.palette.tone,
        sheet.palette.shade,
        sheet.palette.shade,
        sheet.palette.deep,
    ];
    for (row, paint) in (0_u32..).zip(paints) {
        let y = height * (0.4 + 0.075 * f64::from(row));
        let rise = unit * (0.02 + 0.006 * f64::from(row));
        let mut x = -sheet.chance.between(0.0, 1.0) * length;
        let mut data = format!("M{x:.1} {y:.1}");
        while x < width {
            let _ = write!(
                data,
                "q{:.1} {:.1} {:.1} 0",
                length / 4.0,
                -rise * 2.0,
                length / 2.0
            );
            let _ = write!(data, "t{:.1} 0", length / 2.0);
            x += length;
        }
        let _ = write!(data, "V{height:.1}H{:.1}Z", -length);
        sheet.path(&data, paint, 0.9);
    }
}
