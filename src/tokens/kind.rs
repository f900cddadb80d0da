//! The kinds of token, told apart by how they begin.

/// What a token is for. The prefix is part of what the checksum covers, so one kind cannot be edited into another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// An API key: opens MCP for one member of one tenant.
    ApiKey,
    /// An operator key: opens the admin listener.
    OperatorKey,
    /// An operator's session in a browser; it lives in a cookie.
    Session,
    /// An owner key: signs one member in at the pages, and opens nothing else.
    OwnerKey,
    /// A member's session in a browser; it lives in a cookie.
    MemberSession,
    /// An invite: makes one member, or one tenant, once.
    Invite,
    /// An OAuth access token: opens MCP for one grant.
    AccessToken,
    /// An OAuth refresh token.
    RefreshToken,
    /// An OAuth authorization code, for a minute.
    AuthorizationCode,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 9] = [
        Self::ApiKey,
        Self::OperatorKey,
        Self::Session,
        Self::OwnerKey,
        Self::MemberSession,
        Self::Invite,
        Self::AccessToken,
        Self::RefreshToken,
        Self::AuthorizationCode,
    ];

    /// How a token of this kind begins; secret scanners look for it.
    pub fn prefix(self) -> &'static str {
        match self {
            Self::ApiKey => "dgk_",
            Self::OperatorKey => "dga_",
            Self::Session => "dgs_",
            Self::OwnerKey => "dgo_",
            Self::MemberSession => "dgm_",
            Self::Invite => "dgi_",
            Self::AccessToken => "dgt_",
            Self::RefreshToken => "dgr_",
            Self::AuthorizationCode => "dgc_",
        }
    }
}
