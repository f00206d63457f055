//! Compositions that show a place.

use std::fmt::Write as _;

use super::drawing::Sheet;

/// Rolling hills before a low sun.
pub(super) fn hills(sheet: &mut Sheet) {
    sheet.fill("url(#dawn)");
    let (width, height) = (sheet.width, sheet.height);
    let sun = (
        sheet.chance.between(0.25, 0.75) * width,
        sheet.chance.between(0.26, 0.4) * height,
    );
    let radius = sheet.chance.between(0.13, 0.22) * sheet.unit();
    sheet.glowing_disc(sun, radius);
    let paints = [
        sheet.palette.tone,
        sheet.palette.shade,
        sheet.palette.shade,
        sheet.palette.deep,
    ];
    for (row, (paint, opacity)) in (0_u32..).zip(paints.into_iter().zip([0.75, 0.8, 1.0, 1.0])) {
        let top = height * (0.42 + 0.11 * f64::from(row));
        let swell = sheet.chance.between(0.04, 0.1) * height;
        let middle = sheet.chance.between(0.35, 0.65) * width;
        let data = format!(
            "M0 {:.1}C{:.1} {:.1} {:.1} {:.1} {middle:.1} {top:.1}S{:.1} {:.1} {width:.1} {:.1}V{height:.1}H0Z",
            top + sheet.chance.between(-swell, swell),
            middle * 0.35,
            top - swell,
            middle * 0.65,
            top - swell,
            width - (width - middle) * 0.4,
            top + swell * 1.6,
            top + sheet.chance.between(-swell, swell),
        );
        sheet.path(&data, paint, opacity);
    }
}

/// Mountain ranges at night.
pub(super) fn peaks(sheet: &mut Sheet) {
    sheet.fill("url(#sky)");
    let (width, height) = (sheet.width, sheet.height);
    sheet.stars(70, height * 0.45);
    let moon = (
        sheet.chance.between(0.2, 0.8) * width,
        sheet.chance.between(0.14, 0.26) * height,
    );
    let radius = sheet.unit() * 0.09;
    sheet.glowing_disc(moon, radius);
    for (row, paint) in (0_u32..).zip([sheet.palette.tone, sheet.palette.shade, sheet.palette.deep]) {
        let base = height * (0.5 + 0.14 * f64::from(row));
        let step = sheet.unit() * sheet.chance.between(0.16, 0.3);
        let (mut x, mut up, mut data) = (-step, true, format!("M{:.1} {height:.1}", -step));
        while x < width + step * 2.0 {
            // Nearer ranges are lower: their peaks leave the valleys behind them in sight.
            let highest = if row == 0 { 0.2 } else { 0.12 };
            let reach = sheet.chance.between(0.05, highest) * height;
            let y = if up { base - reach } else { base + reach * 0.15 };
            let _ = write!(data, "L{x:.1} {y:.1}");
            x += step * sheet.chance.between(0.5, 1.1);
            up = !up;
        }
        let _ = write!(data, "V{height:.1}Z");
        sheet.path(&data, paint, 0.95);
    }
}

/// A city with some windows lit.
pub(super) fn city(sheet: &mut Sheet) {
    sheet.fill("url(#dawn)");
    let (width, height, unit) = (sheet.width, sheet.height, sheet.unit());
    let sun = (sheet.chance.between(0.3, 0.7) * width, height * 0.36);
    sheet.glowing_disc(sun, unit * 0.2);
    for (paint, low, high, opacity) in [
        (sheet.palette.tone, 0.3, 0.46, 0.55),
        (sheet.palette.shade, 0.38, 0.58, 0.95),
        (sheet.palette.deep, 0.52, 0.7, 1.0),
    ] {
        let mut x = -unit * 0.05;
        while x < width {
            let house = sheet.chance.between(0.07, 0.17) * unit;
            let top = sheet.chance.between(low, high) * height;
            sheet.rect((x, top), (house + 0.5, height - top), paint, opacity);
            if paint == sheet.palette.shade {
                windows(sheet, (x, top), house);
            }
            x += house;
        }
    }
}

fn windows(sheet: &mut Sheet, (left, top): (f64, f64), house: f64) {
    let (glow, size) = (sheet.palette.glow, sheet.unit() * 0.012);
    let mut y = top + size * 2.0;
    while y < top + sheet.height * 0.2 {
        let mut x = left + size * 1.4;
        while x < left + house - size * 2.0 {
            if sheet.chance.happens(26.0) {
                sheet.rect((x, y), (size, size * 1.5), glow, 0.9);
            }
            x += size * 2.4;
        }
        y += size * 3.4;
    }
}

/// Tree trunks in mist.
pub(super) fn forest(sheet: &mut Sheet) {
    sheet.fill("url(#dawn)");
    let (width, height, unit) = (sheet.width, sheet.height, sheet.unit());
    let sun = (
        sheet.chance.between(0.3, 0.7) * width,
        height * sheet.chance.between(0.4, 0.52),
    );
    sheet.glowing_disc(sun, unit * 0.15);
    for (paint, thick, gap, opacity) in [
        (sheet.palette.tone, 0.03, 0.085, 0.55),
        (sheet.palette.shade, 0.05, 0.16, 0.85),
        (sheet.palette.deep, 0.085, 0.32, 1.0),
    ] {
        let mut x = sheet.chance.between(-0.1, 0.05) * unit;
        while x < width {
            let trunk = sheet.chance.between(0.6, 1.25) * thick * unit;
            let lean = sheet.chance.between(-0.03, 0.03) * unit;
            let data = format!(
                "M{:.1} 0H{:.1}L{:.1} {height:.1}H{x:.1}Z",
                x + lean,
                x + lean + trunk * 0.7,
                x + trunk
            );
            sheet.path(&data, paint, opacity);
            x += trunk + sheet.chance.between(0.5, 1.4) * gap * unit;
        }
        sheet.rect((0.0, height * 0.5), (width, height * 0.5), "url(#ground)", 0.45);
    }
}

/// A road that runs into the sun.
pub(super) fn road(sheet: &mut Sheet) {
    sheet.fill("url(#sky)");
    let (width, height, unit) = (sheet.width, sheet.height, sheet.unit());
    let (x, horizon) = (width * sheet.chance.between(0.42, 0.58), height * 0.5);
    sheet.stars(50, horizon * 0.8);
    sheet.glowing_disc((x, horizon - unit * 0.06), unit * 0.25);
    let (deep, shade, glow) = (sheet.palette.deep, sheet.palette.shade, sheet.palette.glow);
    for stripe in 0_u32..6 {
        let share = f64::from(stripe);
        let up = 0.02 + 0.045 * share;
        // As wide as the sun is there: half a chord, and a little more.
        let half = unit * ((0.25_f64.powi(2) - (up - 0.06).powi(2)).max(0.0).sqrt() + 0.01);
        let thick = unit * (0.018 - 0.0025 * share);
        sheet.rect((x - half, horizon - unit * up), (half * 2.0, thick), shade, 0.9);
    }
    sheet.rect((0.0, horizon), (width, height - horizon), deep, 1.0);
    for ray in -9_i32..=9 {
        let foot = x + f64::from(ray) * unit * 0.22;
        let data = format!(
            "M{:.1} {horizon:.1}L{foot:.1} {height:.1}",
            x + f64::from(ray) * unit * 0.04
        );
        sheet.line(&data, glow, (1.4, 0.35));
    }
    for row in 1_u32..9 {
        let y = horizon + (height - horizon) * (f64::from(row) / 9.0).powi(2);
        sheet.line(&format!("M0 {y:.1}H{width:.1}"), glow, (1.2, 0.3));
    }
}

/// Somebody in a doorway full of light.
pub(super) fn doorway(sheet: &mut Sheet) {
    let (deep, shade, glow, light) = (
        sheet.palette.deep,
        sheet.palette.shade,
        sheet.palette.glow,
        sheet.palette.light,
    );
    sheet.fill(shade);
    let (width, height, unit) = (sheet.width, sheet.height, sheet.unit());
    let (x, floor, half) = (width * sheet.chance.between(0.4, 0.6), height * 0.56, unit * 0.15);
    sheet.circle((x, floor - half), unit * 0.85, "url(#halo)", 1.0);
    let top = floor - half * 2.6;
    sheet.rect((0.0, floor), (width, height - floor), deep, 1.0);
    let spread = sheet.chance.between(1.6, 2.6) * half;
    let beam = format!(
        "M{:.1} {floor:.1}H{:.1}L{:.1} {height:.1}H{:.1}Z",
        x - half,
        x + half,
        x + half + spread,
        x - half - spread
    );
    sheet.path(&beam, glow, 0.5);
    let door = format!(
        "M{:.1} {floor:.1}V{top:.1}A{half:.1} {half:.1} 0 0 1 {:.1} {top:.1}V{floor:.1}Z",
        x - half,
        x + half
    );
    sheet.path(&door, light, 1.0);
    let (tall, body) = (half * 1.25, half * 0.2);
    let person = format!(
        "M{:.1} {:.1}L{:.1} {:.1}Q{x:.1} {:.1} {:.1} {:.1}L{:.1} {:.1}Z",
        x - body,
        floor + 2.0,
        x - body * 0.9,
        floor - tall * 0.7,
        floor - tall * 0.92,
        x + body * 0.9,
        floor - tall * 0.7,
        x + body,
        floor + 2.0
    );
    sheet.path(&person, deep, 1.0);
    sheet.circle((x, floor - tall * 0.95), body * 0.72, deep, 1.0);
    let shadow = format!(
        "M{:.1} {floor:.1}H{:.1}L{:.1} {height:.1}H{:.1}Z",
        x - body,
        x + body,
        x + body * 2.6,
        x - body * 2.6
    );
    sheet.path(&shadow, deep, 0.8);
}
