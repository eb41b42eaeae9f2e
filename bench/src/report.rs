//! Figures for people (a table) or for programs (one JSON object a line).

use serde::Serialize;

/// One figure, alone or beside a peer.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Figure {
    pub(crate) name: String,
    pub(crate) value: f64,
    pub(crate) unit: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) peer: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) peer_value: Option<f64>,
    /// Above 1 when ours is better, whichever direction is better for this unit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) ratio: Option<f64>,
}

/// Which direction is better.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Better {
    More,
    Less,
}

impl Figure {
    /// A figure alone.
    pub(crate) fn alone(name: impl Into<String>, value: f64, unit: &'static str) -> Self {
        Self {
            name: name.into(),
            value: round(value),
            unit,
            peer: None,
            peer_value: None,
            ratio: None,
        }
    }

    /// A figure beside a peer's.
    pub(crate) fn beside(
        name: impl Into<String>,
        value: f64,
        unit: &'static str,
        better: Better,
        peer: &str,
        peer_value: f64,
    ) -> Self {
        let ratio = match better {
            Better::More => value / peer_value,
            Better::Less => peer_value / value,
        };
        Self {
            peer: Some(peer.to_owned()),
            peer_value: Some(round(peer_value)),
            ratio: Some(round(ratio)),
            ..Self::alone(name, value, unit)
        }
    }
}

fn round(value: f64) -> f64 {
    (value * 100.0).round() / 100.0
}

/// Prints all figures.
pub(crate) fn print(figures: &[Figure], as_json: bool) {
    if as_json {
        for figure in figures {
            println!("{}", serde_json::to_string(figure).unwrap_or_default());
        }
        return;
    }
    let number = |value: Option<f64>| value.map(|value| format!("{value}")).unwrap_or_default();
    let mut rows = vec![["", "Lanyard", "unit", "beside", "its figure", "ratio"].map(str::to_owned)];
    rows.extend(figures.iter().map(|figure| {
        [
            figure.name.clone(),
            number(Some(figure.value)),
            figure.unit.to_owned(),
            figure.peer.clone().unwrap_or_default(),
            number(figure.peer_value),
            figure.ratio.map(|ratio| format!("{ratio} ×")).unwrap_or_default(),
        ]
    }));
    let width = |column: usize| {
        rows.iter()
            .filter_map(|row| row.get(column))
            .map(|cell| cell.chars().count())
            .max()
            .unwrap_or_default()
    };
    let widths: Vec<usize> = (0..6).map(width).collect();
    for row in &rows {
        let cells: Vec<String> = row
            .iter()
            .zip(&widths)
            .enumerate()
            .map(|(column, (cell, width))| match column {
                1 | 4 | 5 => format!("{cell:>width$}"),
                _ => format!("{cell:<width$}"),
            })
            .collect();
        println!("{}", cells.join("  ").trim_end());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ratio_above_one_is_always_ours() {
        assert_eq!(
            Figure::beside("rate", 200.0, "1/s", Better::More, "p", 100.0).ratio,
            Some(2.0)
        );
        assert_eq!(
            Figure::beside("time", 5.0, "ms", Better::Less, "p", 20.0).ratio,
            Some(4.0)
        );
        assert_eq!(
            Figure::beside("time", 20.0, "ms", Better::Less, "p", 5.0).ratio,
            Some(0.25)
        );
        let alone = serde_json::to_string(&Figure::alone("a", 1.234_56, "ms")).unwrap();
        assert_eq!(alone, r#"{"name":"a","value":1.23,"unit":"ms"}"#);
    }
}
