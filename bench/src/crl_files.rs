//! A small PKI with large CRLs, made once into a folder and read again by every run.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use aws_lc_rs::digest;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::{SignedDuration, Timestamp};
use lanyard_testkit::{
    AuthorityProfile, CertificateAuthority, CrlProfile, KeyAlgorithm, RevocationReason, ServerProfile,
    UserProfile, Validity,
};

/// Name of the login host in the server certificate.
pub(crate) const LOGIN_HOST: &str = "login.bench.test";
/// Name of the certificate host in the server certificate.
pub(crate) const CERTAUTH_HOST: &str = "certauth.login.bench.test";
/// The person whose certificate all clients show.
pub(crate) const USER_NAME: &str = "person@bench.test";

/// One CRL to make: how many entries, how long their serial numbers, whether every second one has a reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct CrlShape {
    pub(crate) entries: usize,
    pub(crate) serial_octets: usize,
    pub(crate) with_reasons: bool,
}

impl CrlShape {
    /// 16-octet serial numbers, no reasons.
    pub(crate) const fn plain(entries: usize) -> Self {
        Self {
            entries,
            serial_octets: 16,
            with_reasons: false,
        }
    }

    /// A million 19-octet serial numbers, every second one with a reason: 45 MB.
    pub(crate) const LARGEST: Self = Self {
        entries: 1_000_000,
        serial_octets: 19,
        with_reasons: true,
    };

    fn file_name(self) -> String {
        let reasons = if self.with_reasons { "-reasons" } else { "" };
        format!("crl-{}-{}{reasons}.der", self.entries, self.serial_octets)
    }

    /// The serial numbers of the CRL, the same ones at every call.
    pub(crate) fn serials(self) -> impl Iterator<Item = Vec<u8>> {
        serials("revoked", self.serial_octets).take(self.entries)
    }

    /// Serial numbers of the same kind that are not in the CRL.
    pub(crate) fn other_serials(self) -> impl Iterator<Item = Vec<u8>> {
        serials("good", self.serial_octets)
    }
}

/// Evenly spread serial numbers of exactly this length, cut from a chain of digests.
fn serials(seed: &'static str, octets: usize) -> impl Iterator<Item = Vec<u8>> {
    (0_u64..).map(move |index| {
        let hash = digest::digest(&digest::SHA256, format!("{seed} {octets} {index}").as_bytes());
        let mut serial = hash.as_ref().get(..octets).unwrap_or_default().to_vec();
        if let Some(first) = serial.first_mut() {
            // Neither zero nor a sign: the encoding is exactly as long.
            *first = (*first & 0x7f) | 0x40;
        }
        serial
    })
}

/// Where the files are.
#[derive(Clone, Debug)]
pub(crate) struct Files(PathBuf);

impl Files {
    /// Makes the PKI unless it is there.
    pub(crate) fn prepare(folder: &Path) -> Result<Self> {
        let files = Self(std::path::absolute(folder)?);
        if !files.path("made").is_file() {
            std::fs::create_dir_all(folder)?;
            files.make()?;
        }
        Ok(files)
    }

    /// Files that are there already.
    pub(crate) fn open(folder: &Path) -> Result<Self> {
        let files = Self(std::path::absolute(folder)?);
        ensure!(files.path("made").is_file(), "{} holds no PKI", folder.display());
        Ok(files)
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.0
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    pub(crate) fn read(&self, name: &str) -> Result<Vec<u8>> {
        let path = self.path(name);
        std::fs::read(&path).with_context(|| format!("reading {}", path.display()))
    }

    fn write(&self, name: &str, contents: impl AsRef<[u8]>) -> Result<()> {
        let path = self.path(name);
        std::fs::write(&path, contents).with_context(|| format!("writing {}", path.display()))
    }

    fn make(&self) -> Result<()> {
        let begin = Timestamp::now() - SignedDuration::from_hours(24);
        let validity = Validity::years_from(begin, 10);
        let authority =
            |name: &str| AuthorityProfile::new(name, validity).key_algorithm(KeyAlgorithm::Rsa2048);
        let root = CertificateAuthority::root(&authority("Bench Root"))?;
        let issuing = root.issue_authority(&authority("Bench Issuing CA").path_length(0))?;
        let user =
            issuing.issue_user(&UserProfile::new("Person", validity).user_principal_name(USER_NAME))?;
        let wildcard = format!("*.{CERTAUTH_HOST}");
        let server = root.issue_server(&ServerProfile::new(
            &[LOGIN_HOST, CERTAUTH_HOST, &wildcard],
            validity,
        ))?;
        let root_crl = root.crl(&CrlProfile::new(1, validity.not_before, validity.not_after))?;
        self.write("root.der", root.certificate_der())?;
        self.write("root.pem", root.certificate_pem())?;
        self.write("issuing.der", issuing.certificate_der())?;
        self.write("issuing.pem", issuing.certificate_pem())?;
        self.write("issuing.key", issuing.key().pem())?;
        self.write("user.der", user.certificate_der())?;
        self.write("user.key", user.key().pkcs8_der())?;
        self.write("server.pem", server.certificate_pem())?;
        self.write("server.key", server.key().pem())?;
        self.write("root-crl.der", root_crl)?;
        self.write("made", begin.to_string())
    }

    /// The path of a CRL of the issuing authority, made unless it is there.
    pub(crate) fn crl(&self, shape: CrlShape) -> Result<PathBuf> {
        let name = shape.file_name();
        let path = self.path(&name);
        if !path.is_file() {
            let key = String::from_utf8(self.read("issuing.key")?)?;
            let issuing = CertificateAuthority::load(&self.read("issuing.der")?, &key)?;
            let begin: Timestamp = String::from_utf8(self.read("made")?)?.parse()?;
            let end = Validity::years_from(begin, 10).not_after;
            let mut profile = CrlProfile::new(7, begin, end);
            for (index, serial) in shape.serials().enumerate() {
                let reason = if shape.with_reasons && index % 2 == 0 {
                    RevocationReason::KeyCompromise
                } else {
                    RevocationReason::Unspecified
                };
                profile = profile.revoke_because(&serial, begin, reason);
            }
            let part = format!("{name}.part");
            self.write(&part, issuing.crl(&profile)?)?;
            std::fs::rename(self.path(&part), &path)?;
        }
        Ok(path)
    }

    /// The CRLs of both authorities as PEM in one file, as nginx and `openssl verify` want them.
    pub(crate) fn crls_as_pem(&self, shape: CrlShape) -> Result<PathBuf> {
        let path = self.path(&format!("{}.pem", shape.file_name()));
        if !path.is_file() {
            let mut text = crl_pem(&std::fs::read(self.crl(shape)?)?);
            text.push_str(&crl_pem(&self.read("root-crl.der")?));
            std::fs::write(&path, text)?;
        }
        Ok(path)
    }
}

fn crl_pem(der: &[u8]) -> String {
    let text = STANDARD.encode(der);
    let mut pem = String::with_capacity(text.len() + text.len() / 60);
    pem.push_str("-----BEGIN X509 CRL-----\n");
    let mut rest = text.as_str();
    while !rest.is_empty() {
        let (line, after) = rest.split_at(rest.len().min(64));
        pem.push_str(line);
        pem.push('\n');
        rest = after;
    }
    pem.push_str("-----END X509 CRL-----\n");
    pem
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn serial_numbers_have_their_length_and_come_again() {
        let shape = CrlShape::plain(100);
        let once: Vec<Vec<u8>> = shape.serials().collect();
        assert_eq!(once, shape.serials().collect::<Vec<_>>());
        assert!(
            once.iter()
                .all(|serial| serial.len() == 16 && serial[0] & 0xc0 == 0x40)
        );
        assert!(
            shape
                .other_serials()
                .take(100)
                .all(|serial| !once.contains(&serial))
        );
    }

    #[test]
    fn pem_lines_are_64_characters() {
        let pem = crl_pem(&[0; 100]);
        let lines: Vec<&str> = pem.lines().collect();
        assert_eq!(lines.len(), 5);
        assert_eq!((lines[1].len(), lines[2].len(), lines[3].len()), (64, 64, 8));
    }
}
