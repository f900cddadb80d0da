//! Yes or no: the two forms under an operation.

use axum::Form;
use axum::extract::{Path, State};
use axum::response::Redirect;

use super::error::PageError;
use super::session::Session;
use super::sign_in::Proof;
use super::state::PagesState;
use crate::domain::ids::OperationId;
use crate::operations::{ApprovalError, Verdict};

/// Says yes.
pub(super) async fn approve(
    State(pages): State<PagesState>,
    session: Session,
    Path(id): Path<String>,
    Form(proof): Form<Proof>,
) -> Result<Redirect, PageError> {
    decide(&pages, &session, &id, &proof, Verdict::Approve).await
}

/// Says no.
pub(super) async fn deny(
    State(pages): State<PagesState>,
    session: Session,
    Path(id): Path<String>,
    Form(proof): Form<Proof>,
) -> Result<Redirect, PageError> {
    decide(&pages, &session, &id, &proof, Verdict::Deny).await
}

async fn decide(
    pages: &PagesState,
    session: &Session,
    id: &str,
    proof: &Proof,
    verdict: Verdict,
) -> Result<Redirect, PageError> {
    session.check(pages, &proof.csrf)?;
    let id = OperationId::parse(id).map_err(|_| PageError::NotFound)?;
    let done = match pages.approvals.decide(&id, verdict, &session.operator.actor()).await {
        Ok(_) if verdict == Verdict::Approve => "approved",
        Ok(_) => "denied",
        Err(ApprovalError::NotWaiting { .. }) => "late",
        Err(error) => return Err(error.into()),
    };
    Ok(Redirect::to(&format!("/approvals/{id}?done={done}")))
}
