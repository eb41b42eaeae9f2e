//! One view model per page. Texts live in the templates; the models carry only what differs.

mod account_picker;
mod consent;
mod device;
mod error;
mod form_post;
mod frame;
mod hand_over;
mod method_choice;
mod no_certificate;
mod plain;
mod report;
mod signed_out;
mod stay_signed_in;
mod user_name;

pub use account_picker::{Account, AccountPickerPage};
pub use consent::{AdministratorNeeded, ConsentPage, Permission, Publisher};
pub use device::{DeviceCodePage, DeviceConfirmPage, DeviceDonePage};
pub use error::ErrorPage;
pub use form_post::{FormPostField, FormPostPage};
pub use frame::{FlowFields, Frame, Problem};
pub use hand_over::HandOverPage;
pub use method_choice::MethodChoicePage;
pub use no_certificate::NoCertificatePage;
pub use plain::PlainPage;
pub use report::{ComparedRow, ComparedValue, ReceivedCertificate, Recovery, Report};
pub use signed_out::SignedOutPage;
pub use stay_signed_in::StaySignedInPage;
pub use user_name::UserNamePage;
