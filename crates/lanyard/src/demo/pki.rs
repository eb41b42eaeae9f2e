//! The demo's certificates: each one teaches one thing.

use std::path::{Path, PathBuf};

use jiff::{SignedDuration, Timestamp};

use lanyard_testkit::{
    AuthorityProfile, CertificateAuthority, CrlProfile, IssuedCertificate, KeyAlgorithm, RevocationReason,
    ServerProfile, UserProfile, Validity,
};

use lanyard_pki::CertificateFacts;

/// Password of every PFX file.
pub(crate) const PFX_PASSWORD: &str = "lanyard";
/// The policy OID that stands for a multifactor card.
pub(crate) const MULTIFACTOR_OID: &str = "2.16.840.1.101.3.2.1.3.13";
/// Domain of the demo's tenant.
pub(crate) const DOMAIN: &str = "agency.example";

/// A person's certificate with its files.
pub(crate) struct DemoCertificate {
    /// `multifactor`, `single-factor`, …
    pub(crate) name: &'static str,
    /// Whom it is presented for.
    pub(crate) user_name: String,
    /// What it shows.
    pub(crate) lesson: &'static str,
    /// The certificate.
    pub(crate) issued: IssuedCertificate,
    /// PEM of the issuing authority.
    pub(crate) issuer_pem: String,
    folder: PathBuf,
}

impl DemoCertificate {
    /// One of its files.
    pub(crate) fn file(&self, extension: &str) -> PathBuf {
        self.folder.join(format!("{}.{extension}", self.name))
    }

    /// Certificate, issuer and key in one PEM text.
    pub(crate) fn identity_pem(&self) -> String {
        format!(
            "{}{}{}",
            self.issued.certificate_pem(),
            self.issuer_pem,
            self.issued.key().pem()
        )
    }
}

/// Everything that is issued.
pub(crate) struct DemoPki {
    pub(crate) root: CertificateAuthority,
    pub(crate) issuing: [CertificateAuthority; 2],
    pub(crate) expired_authority: CertificateAuthority,
    pub(crate) certificates: Vec<DemoCertificate>,
    pub(crate) tls_root: CertificateAuthority,
    pub(crate) service: IssuedCertificate,
    /// Path on the CRL site and DER, one per authority.
    pub(crate) crls: Vec<(String, Vec<u8>)>,
    pub(crate) folder: PathBuf,
    now: Timestamp,
}

impl DemoPki {
    /// Issues everything and writes it into `folder`. `crl_origin`: where the lists will be served.
    pub(crate) fn make(folder: &Path, now: Timestamp, crl_origin: &str) -> anyhow::Result<Self> {
        std::fs::create_dir_all(folder)?;
        let hour_ago = now - SignedDuration::from_hours(1);
        let long = Validity::years_from(hour_ago, 10);
        let year = Validity::days_from(hour_ago, 365);
        let past = Validity::new(
            now - SignedDuration::from_hours(24 * 400),
            now - SignedDuration::from_hours(24),
        );

        let root = CertificateAuthority::root(&AuthorityProfile::new("Agency Root CA", long))?;
        let issue = |name: &str, validity| {
            root.issue_authority(&AuthorityProfile::new(name, validity).path_length(0))
        };
        let issuing = [
            issue("Agency Issuing CA 1", long)?,
            issue("Agency Issuing CA 2", long)?,
        ];
        let expired_authority = issue("Agency Issuing CA 0 (expired)", past)?;

        let maker = Maker { folder, crl_origin };
        let [one, two] = &issuing;
        let certificates = vec![
            maker.issue(
                one,
                "multifactor",
                "jane",
                "Jane Doe",
                year,
                true,
                "a smart card: signs in and counts as multifactor",
            )?,
            maker.issue(
                two,
                "single-factor",
                "sam",
                "Sam Lee",
                year,
                false,
                "a plain certificate: signs in as a single factor",
            )?,
            maker.issue(
                one,
                "revoked",
                "rita",
                "Rita Voss",
                year,
                true,
                "is on the revocation list: refused with 500171",
            )?,
            maker.issue(
                one,
                "expired",
                "eve",
                "Eve Old",
                past,
                true,
                "ran out yesterday: refused with 500172",
            )?,
            maker.issue(
                one,
                "administrator",
                "ada",
                "Ada Keys",
                year,
                true,
                "a global administrator's card: may administer everything with `az`",
            )?,
            maker.issue_foreign(one, year)?,
            maker.issue(
                &expired_authority,
                "expired-ca",
                "carl",
                "Carl Past",
                year,
                true,
                "its authority ran out: refused with 500176",
            )?,
        ];
        let revoked: Vec<Vec<u8>> = certificates
            .iter()
            .filter(|one| one.name == "revoked")
            .map(|one| one.issued.serial().to_vec())
            .collect();
        let until = now + SignedDuration::from_hours(24 * 7);
        let list = |authority: &CertificateAuthority, serials: &[Vec<u8>]| {
            let profile = serials
                .iter()
                .fold(CrlProfile::new(1, hour_ago, until), |profile, serial| {
                    profile.revoke_because(serial, hour_ago, RevocationReason::KeyCompromise)
                });
            authority.crl(&profile)
        };
        let crls = vec![
            ("/root.crl".to_owned(), list(&root, &[])?),
            ("/issuing-1.crl".to_owned(), list(one, &revoked)?),
            ("/issuing-2.crl".to_owned(), list(two, &[])?),
        ];
        let tls_root = CertificateAuthority::root(&AuthorityProfile::new("Lanyard Demo TLS Root", long))?;
        let service =
            two.issue_user(&UserProfile::new("Demo Service", year).key_algorithm(KeyAlgorithm::Rsa2048))?;
        let pki = Self {
            root,
            issuing,
            expired_authority,
            certificates,
            tls_root,
            service,
            crls,
            folder: folder.to_owned(),
            now,
        };
        pki.write()?;
        Ok(pki)
    }

    fn write(&self) -> anyhow::Result<()> {
        let put = |name: &str, text: &str| std::fs::write(self.folder.join(name), text);
        for (name, authority) in self.authorities() {
            put(&format!("{name}.pem"), &authority.certificate_pem())?;
            put(&format!("{name}.key"), &authority.key().pem())?;
        }
        put("tls-root.pem", &self.tls_root.certificate_pem())?;
        put("service.pem", &self.service.certificate_pem())?;
        put("service.key", &self.service.key().pem())?;
        Ok(())
    }

    /// The authorities of the tenant's trust store by file name.
    pub(crate) fn authorities(&self) -> [(&'static str, &CertificateAuthority); 4] {
        let [one, two] = &self.issuing;
        [
            ("root", &self.root),
            ("issuing-1", one),
            ("issuing-2", two),
            ("expired-ca-0", &self.expired_authority),
        ]
    }

    /// Server certificates for the login host and, apart, for the certauth names.
    pub(crate) fn write_server_certificates(&self, folder: &Path, base: &str) -> anyhow::Result<()> {
        std::fs::create_dir_all(folder)?;
        let validity = Validity::days_from(self.now - SignedDuration::from_hours(1), 365);
        let [login, graph] = ["login", "graph"].map(|name| format!("{name}.{base}"));
        let certauth = [format!("certauth.{base}"), format!("*.certauth.{base}")];
        let issue = |name: &str, names: &[&str]| -> anyhow::Result<()> {
            let issued = self.tls_root.issue_server(&ServerProfile::new(names, validity))?;
            std::fs::write(
                folder.join(format!("{name}.pem")),
                issued.certificate_pem() + &self.tls_root.certificate_pem(),
            )?;
            std::fs::write(folder.join(format!("{name}.key")), issued.key().pem())?;
            Ok(())
        };
        issue("login", &[&login, &graph, "localhost"])?;
        issue("certauth", &certauth.each_ref().map(String::as_str))?;
        issue("application", &[&format!("app.{base}")])
    }

    /// A certificate by its name.
    pub(crate) fn certificate(&self, name: &str) -> Option<&DemoCertificate> {
        self.certificates
            .iter()
            .find(|certificate| certificate.name == name)
    }

    /// The decoded facts of a person's certificate.
    pub(crate) fn facts(issued: &IssuedCertificate) -> anyhow::Result<CertificateFacts> {
        Ok(lanyard_pki::Certificate::parse(issued.certificate_der())?
            .facts()
            .clone())
    }
}

struct Maker<'a> {
    folder: &'a Path,
    crl_origin: &'a str,
}

impl Maker<'_> {
    #[expect(clippy::too_many_arguments, reason = "one line of a table each")]
    fn issue(
        &self,
        authority: &CertificateAuthority,
        name: &'static str,
        account: &str,
        person: &str,
        validity: Validity,
        multifactor: bool,
        lesson: &'static str,
    ) -> anyhow::Result<DemoCertificate> {
        let user_name = format!("{account}@{DOMAIN}");
        let mut profile = UserProfile::new(person, validity)
            .user_principal_name(&user_name)
            .mail_address(&user_name)
            .crl_distribution_point(&format!("{}/issuing-1.crl", self.crl_origin));
        if multifactor {
            profile = profile.policy(MULTIFACTOR_OID);
        }
        self.finish(authority, name, user_name, profile, lesson)
    }

    /// Mallory's certificate, presented for Jane's account.
    fn issue_foreign(
        &self,
        authority: &CertificateAuthority,
        validity: Validity,
    ) -> anyhow::Result<DemoCertificate> {
        let own = format!("mallory@{DOMAIN}");
        let profile = UserProfile::new("Mallory Grey", validity)
            .user_principal_name(&own)
            .mail_address(&own)
            .policy(MULTIFACTOR_OID);
        let lesson = "belongs to Mallory: as Jane it is refused with 1001009";
        self.finish(authority, "foreign", format!("jane@{DOMAIN}"), profile, lesson)
    }

    fn finish(
        &self,
        authority: &CertificateAuthority,
        name: &'static str,
        user_name: String,
        profile: UserProfile,
        lesson: &'static str,
    ) -> anyhow::Result<DemoCertificate> {
        let issued = authority.issue_user(&profile)?;
        let folder = self.folder.to_owned();
        let certificate = DemoCertificate {
            name,
            user_name,
            lesson,
            issued,
            issuer_pem: authority.certificate_pem(),
            folder,
        };
        std::fs::write(certificate.file("pem"), certificate.issued.certificate_pem())?;
        std::fs::write(certificate.file("key"), certificate.issued.key().pem())?;
        std::fs::write(
            certificate.file("pfx"),
            certificate
                .issued
                .pfx(PFX_PASSWORD, &[authority.certificate_der()])?,
        )?;
        Ok(certificate)
    }
}
