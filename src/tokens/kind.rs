//! The kinds of token, told apart by how they begin.

/// What a token is for. The prefix is part of what the checksum covers, so one kind cannot be edited into another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// An API key: opens MCP for one person of one tenant.
    ApiKey,
    /// An operator key: opens the admin listener.
    OperatorKey,
    /// An operator's session in a browser; it lives in a cookie.
    Session,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 3] = [Self::ApiKey, Self::OperatorKey, Self::Session];

    /// How a token of this kind begins; secret scanners look for it.
    pub fn prefix(self) -> &'static str {
        match self {
            Self::ApiKey => "dgk_",
            Self::OperatorKey => "dga_",
            Self::Session => "dgs_",
        }
    }
}
