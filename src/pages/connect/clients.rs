//! AI clients as the pages show them, from the one table.

use crate::clients::{CLIENTS, Endpoint, Piece, recipes};

/// By which way a client comes in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Route {
    SignIn,
    Key,
}

/// A client and what to do in it.
pub(super) struct ClientView {
    pub(super) id: &'static str,
    pub(super) title: &'static str,
    pub(super) note: String,
    /// It calls from elsewhere and cannot reach this gateway.
    pub(super) is_out_of_reach: bool,
    /// A click that does all of it.
    pub(super) link: Option<(&'static str, String)>,
    pub(super) steps: Vec<PieceView>,
}

impl ClientView {
    /// All that come in by this way.
    pub(super) fn all(at: &Endpoint, route: Route) -> Vec<Self> {
        let way = |client: &'static crate::clients::Client| match route {
            Route::SignIn => Some(client.sign_in(at)),
            Route::Key => client.key(at),
        };
        CLIENTS
            .iter()
            .filter_map(|client| {
                let way = way(client)?;
                Some(Self {
                    id: client.id,
                    title: client.title,
                    note: plain(client.note),
                    is_out_of_reach: client.is_hosted && at.is_loopback(),
                    link: way.steps.iter().find_map(link),
                    steps: way.steps.iter().filter_map(PieceView::new).collect(),
                })
            })
            .collect()
    }
}

fn link(piece: &Piece) -> Option<(&'static str, String)> {
    match piece {
        Piece::Link { label, href } => Some((label, href.clone())),
        Piece::Do { .. } | Piece::Command { .. } | Piece::File { .. } => None,
    }
}

/// One step.
pub(super) struct PieceView {
    /// Words, for what is done by hand.
    pub(super) words: String,
    /// What is pasted; empty for what is done by hand.
    pub(super) code: String,
}

impl PieceView {
    fn new(piece: &Piece) -> Option<Self> {
        Some(match piece {
            Piece::Link { .. } => return None,
            Piece::Do { text } => Self { words: plain(text), code: String::new() },
            Piece::Command { text } => Self { words: "In a terminal:".to_owned(), code: text.clone() },
            Piece::File { path, text, .. } => Self { words: format!("In {path}:"), code: text.clone() },
        })
    }
}

/// A way round for a gateway that only this machine reaches.
pub(super) struct RecipeView {
    pub(super) title: &'static str,
    pub(super) note: String,
    pub(super) steps: Vec<PieceView>,
}

impl RecipeView {
    /// All; none for a gateway that others reach.
    pub(super) fn all(at: &Endpoint) -> Vec<Self> {
        if !at.is_loopback() {
            return Vec::new();
        }
        let view = |recipe: crate::clients::Recipe| Self {
            title: recipe.title,
            note: plain(recipe.note),
            steps: recipe.steps.iter().filter_map(PieceView::new).collect(),
        };
        recipes(at).into_iter().map(view).collect()
    }
}

/// Without the marks of markdown.
fn plain(text: &str) -> String {
    text.replace(['*', '`'], "")
}
