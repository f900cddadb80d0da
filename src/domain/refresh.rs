//! What a shown refresh token gives: a new pair, the same pair, or the end.
//!
//! A client may lose the answer to a refresh, and several of its processes may refresh at once; both show a token that
//! was used a moment ago. A thief shows one later. The rules tell them apart by what is known of the newest pair.

use super::clock::Timestamp;

/// How the refresh tokens of one grant stand. Each refresh makes a generation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Family {
    /// The newest generation.
    pub newest: i64,
    /// When it was made.
    pub rotated_at: Timestamp,
    /// The newest generation whose access token was seen in use.
    pub used: i64,
    /// When the newest refresh token ends unless it is used.
    pub idle_until: Timestamp,
    /// When all of them end.
    pub ends_at: Timestamp,
    /// Whether the grant was taken back.
    pub is_revoked: bool,
}

/// What is done with a refresh token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// A new pair is made.
    Rotate,
    /// The pair that was made of it before is given again.
    Again,
    /// Somebody has a token that was replaced for good: the whole grant ends.
    Reuse,
    /// The grant ended before.
    Over,
}

impl Family {
    /// What is done with the token of this generation, shown now.
    pub fn judge(&self, generation: i64, now: Timestamp, leeway_ms: i64) -> Verdict {
        if self.is_revoked || self.ends_at <= now {
            return Verdict::Over;
        }
        let is_idle = self.idle_until <= now;
        if generation == self.newest {
            return if is_idle { Verdict::Over } else { Verdict::Rotate };
        }
        // That the newest refresh token was not used either is certain: it would have made a newer one.
        let successor_is_unused = self.used < self.newest;
        let moments_ago = now.0 - self.rotated_at.0 <= leeway_ms;
        if generation == self.newest - 1 && (successor_is_unused || moments_ago) {
            // A pair whose refresh token ended for want of use is none to give again.
            if is_idle { Verdict::Over } else { Verdict::Again }
        } else {
            Verdict::Reuse
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FAMILY: Family = Family {
        newest: 5,
        rotated_at: Timestamp(100_000),
        used: 4,
        idle_until: Timestamp(1_000_000),
        ends_at: Timestamp(2_000_000),
        is_revoked: false,
    };

    #[test]
    fn the_newest_token_rotates_until_it_is_idle_for_too_long() {
        assert_eq!(FAMILY.judge(5, Timestamp(200_000), 30_000), Verdict::Rotate);
        assert_eq!(FAMILY.judge(5, Timestamp(1_000_000), 30_000), Verdict::Over);
    }

    #[test]
    fn the_one_before_gives_the_same_pair_while_that_is_new_or_unused() {
        assert_eq!(FAMILY.judge(4, Timestamp(900_000), 30_000), Verdict::Again, "nobody used what it was answered");
        assert_eq!(FAMILY.judge(4, Timestamp(1_000_000), 30_000), Verdict::Over, "idle for too long");
        let used = Family { used: 5, ..FAMILY };
        assert_eq!(used.judge(4, Timestamp(130_000), 30_000), Verdict::Again);
        assert_eq!(used.judge(4, Timestamp(130_001), 30_000), Verdict::Reuse);
        assert_eq!(used.judge(4, Timestamp(100_001), 0), Verdict::Reuse, "strict");
    }

    #[test]
    fn all_older_ones_end_the_grant_and_an_ended_one_stays_ended() {
        assert_eq!(FAMILY.judge(3, Timestamp(100_001), 30_000), Verdict::Reuse);
        for over in [Family { is_revoked: true, ..FAMILY }, Family { ends_at: Timestamp(100_000), ..FAMILY }] {
            for generation in [3, 4, 5] {
                assert_eq!(over.judge(generation, Timestamp(100_001), 30_000), Verdict::Over);
            }
        }
    }
}
