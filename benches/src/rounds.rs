//! Rounds in turn, medians, and ratios of pairs.

/// The median and the range of some figures.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spread {
    /// The middle one.
    pub median: f64,
    /// The lowest.
    pub low: f64,
    /// The highest.
    pub high: f64,
}

impl Spread {
    /// Of these figures; of none, nothing but NaN.
    pub fn of(figures: impl IntoIterator<Item = f64>) -> Self {
        let mut sorted: Vec<f64> = figures.into_iter().collect();
        sorted.sort_by(f64::total_cmp);
        let (Some(low), Some(high)) = (sorted.first(), sorted.last()) else {
            return Self { median: f64::NAN, low: f64::NAN, high: f64::NAN };
        };
        let middle = sorted.len() / 2;
        let median =
            if sorted.len() % 2 == 1 { sorted[middle] } else { f64::midpoint(sorted[middle - 1], sorted[middle]) };
        Self { median, low: *low, high: *high }
    }

    /// Of the ratios of each figure to the one that was measured beside it.
    pub fn of_ratios(figures: &[f64], beside: &[f64]) -> Self {
        Self::of(figures.iter().zip(beside).map(|(figure, beside)| figure / beside))
    }

    /// `1.23 (1.10 to 1.41)`
    pub fn text(&self, digits: usize) -> String {
        let Self { median, low, high } = self;
        format!("{median:.digits$} ({low:.digits$} to {high:.digits$})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_median_is_in_the_middle() {
        assert_eq!(Spread::of([3.0, 1.0, 2.0]), Spread { median: 2.0, low: 1.0, high: 3.0 });
        assert!((Spread::of([4.0, 1.0]).median - 2.5).abs() < 1e-9);
        assert_eq!(Spread::of_ratios(&[1.0, 4.0, 9.0], &[1.0, 2.0, 3.0]).text(1), "2.0 (1.0 to 3.0)");
        assert!(Spread::of([]).median.is_nan());
    }
}
