//! The endpoints that Duo has, as data: one JSON file per family.

mod endpoint;
mod grant;
mod load;
mod parameter;

pub use endpoint::{Api, Endpoint, EndpointId, Method, Paging, Risk, SignatureRule};
pub use grant::Grant;
pub use load::{Catalog, catalog};
pub use parameter::{Kind, Location, Parameter};
