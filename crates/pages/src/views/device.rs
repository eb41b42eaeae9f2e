//! The pages of the device grant: code, confirmation, end. Source: directory-policy-tokens §1.9.

use askama::Template;

use super::{FlowFields, Frame, Problem};

/// Asks for the code that a device shows. The code is never taken from the address.
#[derive(Clone, Debug, Template)]
#[template(path = "device_code.html")]
pub struct DeviceCodePage {
    /// Header.
    pub frame: Frame,
    /// Path the form posts to.
    pub action: String,
    /// What was typed before.
    pub user_code: String,
    /// What was wrong with it.
    pub problem: Option<Problem>,
}

/// Names the application and warns, before anything is granted.
#[derive(Clone, Debug, Template)]
#[template(path = "device_confirm.html")]
pub struct DeviceConfirmPage {
    /// Header and data block.
    pub frame: Frame,
    /// Path the form posts to.
    pub action: String,
    /// The flow.
    pub flow: FlowFields,
    /// The application on the device.
    pub application_name: String,
    /// Who would be signed in.
    pub user_name: String,
}

/// The end in the browser; the device goes on.
#[derive(Clone, Debug, Template)]
#[template(path = "device_done.html")]
pub struct DeviceDonePage {
    /// Header.
    pub frame: Frame,
    /// The application on the device.
    pub application_name: String,
    /// `false`: the person chose to cancel.
    pub approved: bool,
}
