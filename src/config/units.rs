//! Lengths of time as they are written in settings: a whole number of one unit.

use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The unit stands in the key's name (`…_seconds`) and in the type, so that no reader multiplies by the wrong factor.
macro_rules! unit {
    ($(#[$doc:meta])* $name:ident, $in_millis:expr) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
        #[serde(transparent)]
        #[schemars(inline)]
        pub struct $name(pub u64);

        impl $name {
            /// The same length as a standard duration.
            pub const fn duration(self) -> Duration {
                Duration::from_millis(self.0.saturating_mul($in_millis))
            }
        }

        impl From<$name> for Duration {
            fn from(value: $name) -> Self {
                value.duration()
            }
        }
    };
}

unit! {
    /// A whole number of milliseconds.
    Millis, 1
}
unit! {
    /// A whole number of seconds.
    Seconds, 1_000
}
unit! {
    /// A whole number of minutes.
    Minutes, 60_000
}
unit! {
    /// A whole number of hours.
    Hours, 3_600_000
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_unit_has_its_factor() {
        assert_eq!(Millis(1_500).duration(), Duration::from_millis(1_500));
        assert_eq!(Seconds(3).duration(), Duration::from_secs(3));
        assert_eq!(Minutes(2).duration(), Duration::from_mins(2));
        assert_eq!(Hours(1).duration(), Duration::from_hours(1));
    }

    #[test]
    fn an_absurd_length_saturates() {
        assert_eq!(Hours(u64::MAX).duration(), Duration::from_millis(u64::MAX));
    }
}
