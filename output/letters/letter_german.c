/* What the policy says of each finding, in German. A test holds the codes against the policy's. */
#include "output/letters/letter_language.h"

static const struct letter_words words[] = {
    {"no_starttls", "Der Server bietet kein STARTTLS an: Mail an ihn geht im Klartext",
     "Jeder auf dem Weg kann diese Mail lesen und ändern, und Absender, die auf TLS bestehen, "
     "können gar nicht zustellen.",
     "Ein Zertifikat einrichten und STARTTLS anbieten (in Postfix: smtpd_tls_security_level = "
     "may)"},
    {"starttls_refused", "STARTTLS wird angeboten und dann abgelehnt, auch beim zweiten Versuch",
     "Absender, die TLS nur versuchen, weichen auf Klartext aus; Absender, die darauf bestehen, "
     "können nicht zustellen.",
     "Die TLS-Einrichtung des Servers reparieren (Zertifikat, Schlüssel, Rechte)"},
    {"starttls_stripped",
     "Ein EHLO-Schlüsselwort sieht überschrieben aus: ein Gerät auf dem Weg entfernt womöglich "
     "STARTTLS",
     "Ein Gerät, das SMTP umschreibt, nimmt jedem Absender die Verschlüsselung und ist von einem "
     "Angreifer nicht zu unterscheiden.",
     "Die SMTP-Prüfung ('fixup') in Firewalls vor dem Mailserver abschalten"},
    {"starttls_inconsistent",
     "STARTTLS wird bei manchen Verbindungen angeboten und bei anderen nicht",
     "Ob eine Nachricht verschlüsselt wird, bleibt dem Zufall überlassen, und ein Angreifer muss "
     "nur warten.",
     "Alle Server hinter der Adresse gleich für TLS einrichten"},
    {"handshake_refused", "STARTTLS wird angenommen, aber jeder angebotene Handshake abgelehnt",
     "Kein heutiger Absender kann zu diesem Server verschlüsseln; Mail geht im Klartext oder gar "
     "nicht.",
     "Die TLS-Einrichtung des Servers reparieren; TLS 1.2 und 1.3 zulassen"},
    {"client_certificate_required",
     "Der Server beendet den Handshake, wenn der Absender kein Zertifikat zeigt",
     "Absender im öffentlichen Internet haben kein Zertifikat zu zeigen: für sie alle funktioniert "
     "TLS hier nicht.",
     "Zertifikate der Absender höchstens erbitten, auf einem öffentlichen MX nie verlangen"},
    {"no_common_suite", "Der Server hat TLS, aber nichts gemeinsam mit einer aktuellen Bibliothek",
     "Absender, deren Bibliothek nicht hat, was der Server nimmt, können nicht verschlüsseln, "
     "darunter große; andere können es.",
     "Ein Zertifikat mit RSA- oder ECDSA-P-256-Schlüssel, ECDHE-Suiten mit AES-GCM, x25519 und "
     "secp256r1, und TLS 1.3"},
    {"tls13_intolerant", "Der Handshake scheitert, wenn TLS 1.3 angeboten wird, und gelingt sonst",
     "Absender, die TLS 1.3 anbieten, wie alle aktuellen, scheitern zuerst und weichen womöglich "
     "auf Klartext aus.",
     "Den Server oder das Gerät davor aktualisieren"},
    {"sni_intolerant",
     "Der Handshake scheitert, wenn der Name des MX-Hosts als SNI gesendet wird, und gelingt ohne "
     "ihn",
     "Absender mit DANE oder MTA-STS müssen den Namen senden und scheitern.",
     "Den Server für seinen eigenen Namen einrichten"},
    {"early_response_bytes",
     "Hinter der Antwort auf STARTTLS kam Klartext, den ein sorgloser Absender für geschützt "
     "hielte",
     "Ein Absender, der ihn nicht verwirft, nimmt Text, den jeder geschrieben haben kann, für "
     "einen Teil des geschützten Dialogs.",
     "Den Server aktualisieren; vor dem Handshake darf der 220 nichts folgen"},
    {"ssl2", "SSLv2 wird angenommen",
     "SSLv2 ist gebrochen, und ein Schlüssel, der es spricht, gefährdet auch neuere Verbindungen "
     "(DROWN).",
     "SSLv2 abschalten"},
    {"ssl3", "SSLv3 wird angenommen",
     "SSLv3 lässt sich entschlüsseln (POODLE); ein Angreifer kann einen Absender womöglich dazu "
     "bringen.",
     "SSLv3 abschalten"},
    {"tls10", "TLS 1.0 wird angenommen",
     "TLS 1.0 beruht auf MD5 und SHA-1 und hat keine modernen Verfahren; kein aktueller Absender "
     "braucht es.",
     "TLS 1.0 abschalten"},
    {"tls11", "TLS 1.1 wird angenommen",
     "TLS 1.1 beruht auf MD5 und SHA-1 und hat keine modernen Verfahren; kein aktueller Absender "
     "braucht es.",
     "TLS 1.1 abschalten"},
    {"no_tls12", "Nichts Neueres als TLS 1.1 wird angeboten",
     "Aktuelle Absender lehnen alles vor TLS 1.2 ab: ihre Mail geht im Klartext oder gar nicht.",
     "Die TLS-Bibliothek aktualisieren und TLS 1.2 und 1.3 zulassen"},
    {"no_tls13", "TLS 1.3 wird nicht angeboten",
     "TLS 1.3 verbirgt mehr vom Handshake, hat durchweg Forward Secrecy und keine schwachen "
     "Optionen.",
     "TLS 1.3 zulassen"},
    {"null_suite", "Suiten ohne Verschlüsselung werden angenommen",
     "Eine Verbindung, die wie TLS aussieht und nichts verschlüsselt, ist Klartext. Ein sorglos "
     "eingerichteter Absender bekommt sie ohne Warnung.",
     "NULL-Suiten entfernen"},
    {"anonymous_suite", "Anonyme Suiten werden neben denen mit Zertifikat angenommen",
     "Sie authentifizieren niemanden. Ein Absender, der den Server prüft, bietet sie nie an; "
     "einer, der nicht prüft, verliert durch sie nichts.",
     "Anonyme Suiten entfernen (in Postfix: smtpd_tls_exclude_ciphers = aNULL)"},
    {"only_anonymous_suites", "Nur anonyme Suiten werden angeboten",
     "Absender, die alles versuchen, verschlüsseln damit. Viele andere können es nicht, und "
     "niemand kann sagen, mit wem er spricht.",
     "Ein Zertifikat einrichten"},
    {"only_broken_suites", "Nur NULL- oder Export-Suiten werden angeboten",
     "Was ein Absender auch tut, seine Mail geht im Klartext oder unter einem Schlüssel, der in "
     "Minuten gebrochen ist.",
     "Die TLS-Bibliothek aktualisieren und ECDHE-Suiten mit AES-GCM zulassen"},
    {"export_suite", "Export-Suiten mit 40 oder 56 Bit werden angenommen",
     "Schlüssel dieser Größe sind in Minuten gebrochen, und ein Angreifer kann sie womöglich "
     "erzwingen (FREAK, Logjam).",
     "EXPORT-Suiten entfernen"},
    {"des_suite", "DES wird angenommen", "Ein Schlüssel von 56 Bit ist in Stunden durchsucht.",
     "DES-Suiten entfernen"},
    {"rc4_suite", "RC4 wird angenommen",
     "RC4 verrät, was es verschlüsselt; es ist in TLS verboten.", "RC4-Suiten entfernen"},
    {"3des_suite", "3DES wird angenommen: seine Blöcke sind zu klein",
     "Nach einigen Dutzend Gigabyte unter einem Schlüssel geben seine kleinen Blöcke Klartext "
     "preis (Sweet32).",
     "3DES-Suiten entfernen"},
    {"static_rsa_suite", "Suiten mit statischem RSA werden angenommen: keine Forward Secrecy",
     "Wer eines Tages den Schlüssel des Servers bekommt, kann alle bis dahin aufgezeichnete Mail "
     "lesen.",
     "Suiten mit statischem RSA entfernen"},
    {"static_dh_suite",
     "Suiten mit statischem DH oder ECDH werden angenommen: keine Forward Secrecy",
     "Wer eines Tages den Schlüssel des Servers bekommt, kann alle bis dahin aufgezeichnete Mail "
     "lesen.",
     "Suiten mit statischem DH entfernen"},
    {"dh_below_1024", "DH wird mit einer Primzahl von weniger als 1024 Bit verwendet",
     "Diskrete Logarithmen dieser Größe sind berechenbar: wer es für die Primzahl einmal getan "
     "hat, liest Aufgezeichnetes (Logjam).",
     "ECDHE oder eine Gruppe aus RFC 7919 verwenden"},
    {"small_dh", "DH wird mit einer Primzahl von 1024 bis 2047 Bit verwendet",
     "Primzahlen dieser Größe sind für große Angreifer erreichbar, die eine verbreitete nur einmal "
     "brechen müssen.",
     "Eine Primzahl von mindestens 2048 Bit (RFC 7919) oder nur ECDHE verwenden"},
    {"tls_compression", "TLS-Kompression wird angenommen",
     "Kompression vor der Verschlüsselung lässt einen Angreifer, der einen Teil des Textes "
     "bestimmt, den Rest erfahren (CRIME).",
     "TLS-Kompression abschalten"},
    {"pq_intolerant",
     "Ein Hello, so groß wie das von Post-Quanten-Absendern, bekommt keine Antwort",
     "Absender mit Post-Quanten-Schlüsselaustausch senden solche Hellos schon heute und bekommen "
     "keine Antwort.",
     "Den Server oder das Gerät davor aktualisieren"},
    {"no_post_quantum", "Kein Post-Quanten-Schlüsselaustausch wird angeboten",
     "Heute aufgezeichnete Mail ist lesbar, sobald Quantencomputer den klassischen "
     "Schlüsselaustausch brechen.",
     "X25519MLKEM768 zulassen, sobald die TLS-Bibliothek es hat"},
    {"command_injection", "Ein vor TLS gesendeter Befehl wurde danach ausgeführt",
     "Ein Angreifer auf dem Weg kann dem geschützten Dialog Befehle voranstellen und so Mail oder "
     "Passwörter stehlen.",
     "Den Mailserver aktualisieren; alle Eingaben vor dem Handshake verwerfen"},
    {"plaintext_mail_refused", "Mail ohne TLS wird abgelehnt: der Empfänger erzwingt TLS",
     "Das schützt eingehende Mail davor, versehentlich im Klartext gesendet zu werden; einige alte "
     "Absender können nicht zustellen.",
     "Es ist nichts zu tun; Absender ohne TLS können nicht zustellen"},
    {"plaintext_mail_accepted",
     "Mail ohne TLS wird angenommen: ob verschlüsselt wird, entscheidet der Absender",
     "Ein öffentlicher Mailserver muss sie annehmen, das ist kein Fehler; nur DANE oder MTA-STS "
     "lässt einen Absender darauf bestehen.",
     "Auf Port 25 ist nichts zu tun; erzwungen wird mit DANE oder MTA-STS"},
    {"starttls_in_tls", "STARTTLS wird innerhalb von TLS noch einmal angeboten",
     "Das widerspricht dem Protokoll und zeigt, dass der Server seinen Zustand nicht zurücksetzt, "
     "woraus Einschleusungen entstehen.",
     "Den Mailserver aktualisieren"},
    {"login_before_tls", "Eine Anmeldung wird vor TLS angeboten",
     "Ein falsch eingerichtetes oder auf dem Weg getäuschtes Mailprogramm gibt sein Passwort "
     "preis, oder einen Wert, aus dem es sich erraten lässt.",
     "Anmeldungen nur innerhalb von TLS anbieten (in Dovecot: disable_plaintext_auth = yes)"},
    {"login_before_tls_on_mx", "Der MX bietet eine Anmeldung vor TLS an",
     "Ein falsch eingerichtetes Programm gibt sein Passwort preis, oder einen Wert, aus dem es "
     "sich erraten lässt. Wo AUTH angeboten wird, werden Passwörter durchprobiert.",
     "AUTH nur innerhalb von TLS anbieten (in Postfix: smtpd_tls_auth_only = yes) oder nicht auf "
     "Port 25"},
    {"no_forward_secrecy", "Die aus einem vollen Angebot gewählte Suite hat keine Forward Secrecy",
     "Wer eines Tages den Schlüssel des Servers bekommt, kann alle bis dahin aufgezeichnete Mail "
     "lesen.",
     "ECDHE-Suiten vorziehen; statisches RSA entfernen"},
    {"no_aead", "Die aus einem vollen Angebot gewählte Suite ist kein AEAD",
     "Die älteren CBC-Suiten haben eine lange Geschichte von Angriffen über Padding und "
     "Zeitverhalten.",
     "AES-GCM oder ChaCha20-Poly1305 vorziehen"},
    {"no_extended_master_secret", "TLS 1.2 wird ohne Extended Master Secret gesprochen",
     "Ohne es lassen sich Sitzungen in einem Angriff auf den Handshake verbinden (Triple "
     "Handshake).",
     "Die TLS-Bibliothek aktualisieren"},
    {"no_secure_renegotiation", "TLS 1.2 wird ohne sichere Neuaushandlung gesprochen",
     "Ohne sie kann ein Angreifer einer Verbindung eigene Daten voranstellen.",
     "Die TLS-Bibliothek aktualisieren"},
    {"no_certificate", "Kein Zertifikat wurde gesendet: die Suite ist anonym",
     "Der Absender kann nicht wissen, mit wem er spricht.", "Ein Zertifikat einrichten"},
    {"self_signed", "Das Zertifikat ist selbst signiert: niemand kann den Server prüfen",
     "Jeder kann ein solches Zertifikat machen; ein Absender, der prüft, kann den Server nicht von "
     "einem Angreifer unterscheiden.",
     "Ein Zertifikat einer öffentlichen CA einrichten oder TLSA-Einträge unter DNSSEC "
     "veröffentlichen"},
    {"untrusted_root", "Die Kette endet nicht bei einer vertrauenswürdigen Wurzel",
     "Ein Absender, der prüft, kennt den Aussteller nicht und kann den Server nicht von einem "
     "Angreifer unterscheiden.",
     "Ein Zertifikat einer öffentlichen CA einrichten oder TLSA-Einträge unter DNSSEC "
     "veröffentlichen"},
    {"incomplete_chain", "In der Kette fehlt ein Zwischenzertifikat",
     "Absender, die das fehlende Zertifikat nicht zufällig haben, können den Server nicht prüfen.",
     "Die Zwischenzertifikate hinter dem des Servers mitsenden"},
    {"expired", "Das Zertifikat oder eines seiner Kette ist abgelaufen",
     "Ein Absender, der prüft, lehnt es ab, und niemand steht mehr für den Schlüssel ein.",
     "Das Zertifikat erneuern"},
    {"not_yet_valid", "Das Zertifikat ist noch nicht gültig",
     "Ein Absender, der prüft, lehnt es ab.", "Die Uhr des Servers und das Zertifikat prüfen"},
    {"name_mismatch", "Das Zertifikat nennt den MX-Host nicht",
     "Ein Absender, der prüft, will den MX-Host genannt sehen: sonst genügte irgendein Zertifikat "
     "von irgendwem.",
     "Ein Zertifikat verwenden, dessen subjectAltName den Namen des MX-Hosts enthält"},
    {"cn_only", "Nur der CN passt zum MX-Host; der CN gilt nicht mehr als Name",
     "Aktuelle Software sieht nur auf subjectAltName.",
     "Ein Zertifikat verwenden, dessen subjectAltName den Namen des MX-Hosts enthält"},
    {"rsa_below_1024", "Ein RSA-Schlüssel der Kette hat weniger als 1024 Bit",
     "Schlüssel dieser Größe lassen sich zerlegen: wer es tut, kann sich als der Server ausgeben.",
     "RSA mit 3072 Bit oder ECDSA P-256 verwenden"},
    {"weak_key", "Ein Schlüssel der Kette ist zu klein (RSA unter 2048 Bit) oder von schwacher Art",
     "Schlüssel dieser Größe sind für große Angreifer erreichbar, die sich als der Server ausgeben "
     "könnten.",
     "RSA mit 3072 Bit oder ECDSA P-256 verwenden"},
    {"rsa_below_3072", "Ein RSA-Schlüssel hat 2048 bis 3071 Bit: heute gut, auf Dauer abzulösen",
     "Richtlinien verlangen 3072 Bit oder elliptische Kurven für das, was über 2030 hinaus halten "
     "soll.",
     "Bei der nächsten Erneuerung RSA mit 3072 Bit oder ECDSA P-256 verwenden"},
    {"md5_signature", "Ein Zertifikat der Kette ist mit MD5 oder MD2 signiert",
     "MD5-Kollisionen sind billig: ein gefälschtes Zertifikat desselben Ausstellers würde gelten.",
     "Es mit SHA-256 neu ausstellen lassen"},
    {"sha1_signature", "Ein Zertifikat der Kette ist mit SHA-1 signiert",
     "SHA-1-Kollisionen sind bezahlbar: ein gefälschtes Zertifikat desselben Ausstellers könnte "
     "gelten.",
     "Es mit SHA-256 neu ausstellen lassen"},
    {"invalid_key",
     "Ein Schlüssel der Kette ist keiner: jeder könnte dafür unterschreiben, oder niemand",
     "Wer den öffentlichen Schlüssel kennt, kann sich als der Server ausgeben, oder kein Absender "
     "kann die Unterschrift prüfen.",
     "Mit aktueller Software ein neues Schlüsselpaar machen und ein Zertifikat dafür ausstellen "
     "lassen"},
    {"trust_unknown",
     "Ob das Zertifikat zu einer vertrauenswürdigen Wurzel führt, war hier nicht zu entscheiden",
     "Die TLS-Bibliothek dieser Prüfung kann eine Unterschrift oder einen Schlüssel der Kette "
     "nicht berechnen, oder die Kette ist zu lang. Andere Software hält sie womöglich für gültig.",
     "Siehe den Grund beim Zertifikat; eine Kette mit RSA oder ECDSA auf P-256 ist allen bekannt"},
    {"certificate_varies",
     "Manche Verbindungen bekommen ein gültiges Zertifikat, andere ein ungültiges",
     "Maschinen hinter einer Adresse haben verschiedene Zertifikate. Das ungültige zählt, da jeder "
     "Absender es bekommen kann.",
     "Das gültige Zertifikat auf jeder Maschine hinter der Adresse einrichten"},
    {"bad_purpose", "Ein Zertifikat der Kette ist nicht für TLS-Server bestimmt",
     "Ein Absender, der prüft, lehnt ein Zertifikat ab, das für etwas anderes ausgestellt wurde.",
     "Ein Zertifikat mit dem Zweck serverAuth verwenden"},
    {"constraint_violation", "Die Kette verletzt eine Beschränkung ihrer CA",
     "Ein Absender, der prüft, lehnt sie ab: der Aussteller durfte es nicht ausstellen.",
     "Eine Kette verwenden, die ihre CAs erlauben"},
    {"unparsable_certificate", "Das Zertifikat ist nicht lesbar",
     "Absender, die streng lesen, brechen die Verbindung ab.", "Es neu ausstellen lassen"},
    {"ocsp_revoked",
     "Die CA hat das Zertifikat widerrufen: das sagt die OCSP-Antwort des Servers selbst",
     "Ein widerrufener Schlüssel kann in anderen Händen sein, und ein Absender, der prüft, lehnt "
     "ihn ab.",
     "Ein Zertifikat mit einem neuen Schlüssel ausstellen lassen"},
    {"ocsp_staple_stale", "Die angeheftete OCSP-Antwort ist veraltet oder nennt kein Ende",
     "Wer darauf sieht, erfährt nichts daraus.",
     "Den Server rechtzeitig eine neue Antwort holen lassen oder das Anheften abschalten"},
    {"ocsp_staple_useless", "Die angeheftete OCSP-Antwort bürgt nicht für das Zertifikat",
     "Wer darauf sieht, erfährt nichts daraus.",
     "Den Server seine Antwort neu von der CA holen lassen"},
    {"must_staple_missing",
     "Das Zertifikat verspricht eine OCSP-Antwort, und der Server sendet keine",
     "Ein Absender, der das Zertifikat beim Wort nimmt, lehnt die Verbindung ab.",
     "OCSP-Stapling einschalten oder ein Zertifikat ohne dieses Merkmal ausstellen lassen"},
    {"no_ocsp_staple", "Dem Handshake ist keine OCSP-Antwort angeheftet",
     "Ein Absender sieht am Handshake nicht, ob das Zertifikat widerrufen wurde; wenige Absender "
     "fragen danach.",
     "Es ist nichts zu tun; wo die CA OCSP anbietet, kann Stapling eingeschaltet werden"},
    {"no_sct", "Kein Zeitstempel der Certificate Transparency wurde gezeigt",
     "Browser wollen öffentlich verzeichnete Zertifikate, Mail-Absender nicht; ein Verzeichnis "
     "hilft, falsch ausgestellte zu bemerken.",
     "Es ist nichts zu tun; Zertifikate der meisten öffentlichen CAs enthalten Zeitstempel"},
    {"chain_untidy",
     "Die Kette wurde mit ungeordneten, doppelten oder nutzlosen Zertifikaten gesendet",
     "Alte TLS-Software will die Ordnung; was nutzlos ist, kostet jeden Absender Bytes.",
     "Das Zertifikat des Servers und dann die der Aussteller senden, ohne andere"},
    {"root_sent",
     "Das Wurzelzertifikat wurde mitgesendet; niemand braucht es, es sei denn, TLSA-Einträge "
     "nennen es",
     "Es kostet jeden Absender Bytes und beweist nichts.",
     "Die Wurzel aus der Kettendatei weglassen"},
    {"long_validity", "Das Zertifikat gilt länger, als öffentliche CAs es sich erlauben",
     "Was lange gilt, wird von Hand erneuert und vergessen.",
     "Bei der nächsten Erneuerung eine kürzere Laufzeit wählen und durch ein Programm erneuern"},
    {"wildcard_public_suffix",
     "Ein Platzhalter des Zertifikats steht für alle Domains unter einer öffentlichen Endung",
     "Wer seinen Schlüssel hat, kann sich als jede Domain darunter ausgeben, wem sie auch gehört.",
     "Ein Zertifikat für den eigenen Namen des Hosts ausstellen lassen"},
    {"client_certificate_requested",
     "Der Server bittet Absender um ein Zertifikat, macht aber ohne weiter",
     "Für fast alle Absender harmlos.",
     "Es ist nichts zu tun; manche Absender vermerken es als Eigenheit"},
    {"no_esmtp", "Der Server nimmt nur HELO an, kein EHLO",
     "Ohne EHLO gibt es keine Erweiterungen und damit kein STARTTLS.", "ESMTP anbieten"},
    {"dane_authenticates",
     "Das Zertifikat bestünde öffentliche Prüfungen nicht, die DANE unnötig macht",
     "Absender mit DANE prüfen den Host allein anhand seiner TLSA-Einträge; nur die mit MTA-STS "
     "sehen auf die öffentliche Kette.",
     "Für Absender mit DANE ist nichts zu tun; für MTA-STS ein öffentliches Zertifikat einrichten"},
    {"dane_mismatch",
     "Die TLSA-Einträge passen nicht zum Server: Absender mit DANE können nicht zustellen",
     "Absender mit DANE behandeln das als Angriff und halten die Mail zurück, bis sie unzustellbar "
     "ist.",
     "Einträge des verwendeten Zertifikats oder Schlüssels veröffentlichen; Einträge vor dem "
     "Schlüssel erneuern"},
    {"dane_unusable",
     "Keiner der TLSA-Einträge ist brauchbar: TLS wird erzwungen, aber niemand authentifiziert",
     "Absender müssen TLS verwenden, können aber nicht prüfen, mit wem sie sprechen; ein aktiver "
     "Angreifer wird nicht abgehalten.",
     "Einträge der Form 3 1 1 veröffentlichen (die Formen 0 und 1 bedeuten bei Mail nichts)"},
    {"dane_bogus",
     "Die DNSSEC-Prüfung von MX-, Adress- oder TLSA-Einträgen scheitert: prüfende Absender können "
     "nicht zustellen",
     "Absender, die prüfen, behandeln das als Angriff und halten die Mail zurück, bis sie "
     "unzustellbar ist.",
     "Die Signaturen der Zone reparieren"},
    {"dane_doubted",
     "Die DNSSEC-Prüfung scheitert wie bei zu vielen Domains dieses Laufs: die Ursache wird beim "
     "Resolver vermutet",
     "Ein Resolver mit falscher Uhr oder altem Vertrauensanker hält jede signierte Zone für "
     "gefälscht. Was DANE von dieser Domain sagt, ist nicht bekannt.",
     "Der Prüfende hat seinen Resolver in Ordnung zu bringen und erneut zu prüfen"},
    {"dane_temperror",
     "Die TLSA-Einträge waren nicht abzufragen: Absender mit DANE stellen die Mail zurück",
     "Solange die Abfrage scheitert, halten Absender mit DANE die Mail zurück.",
     "Prüfen, ob die Nameserver TLSA-Fragen beantworten"},
    {"dane_no_spare", "Für den nächsten Schlüssel gibt es noch keinen TLSA-Eintrag",
     "Wird der Schlüssel vor dem Eintrag gewechselt, halten Absender mit DANE die Mail zurück.",
     "Den Eintrag des nächsten Schlüssels (3 1 1) oder des Ausstellers (2 1 1) neben dem jetzigen "
     "veröffentlichen"},
    {"no_dane",
     "DANE authentifiziert den Host nicht; nur eine MTA-STS-Richtlinie der Domain kann TLS "
     "erzwingen",
     "Ohne es kann ein Absender nicht aus dem DNS wissen, dass der Host TLS hat, noch welchen "
     "Schlüssel.",
     "Die Zone signieren und TLSA-Einträge der Form 3 1 1 veröffentlichen"},
    {"null_mx", "Die Domain sagt, dass sie keine Mail annimmt (Null-MX)",
     "Absender erfahren sofort, dass keine Mail erwünscht ist.", "Es ist nichts zu tun"},
    {"null_mx_beside_others", "Ein Null-MX steht neben anderen MX-Einträgen, wo er nichts bedeutet",
     "Manche Absender werden die Zustellung verweigern, andere nicht.",
     "Den Null-MX entfernen oder alle anderen"},
    {"implicit_mx", "Es gibt keinen MX-Eintrag: Mail geht an die eigene Adresse der Domain",
     "Mail landet womöglich bei einem Webserver, der nie welche annehmen sollte.",
     "Einen MX-Eintrag veröffentlichen oder einen Null-MX, wenn keine Mail erwünscht ist"},
    {"no_mail_service", "Die Domain hat weder MX- noch Adresseinträge: sie nimmt keine Mail an",
     "Über Verschlüsselung lässt sich nichts sagen; gefälschte Mail in ihrem Namen ist leichter, "
     "wo das nicht erklärt ist.",
     "Einen Null-MX veröffentlichen, der das sagt"},
    {"no_such_domain", "Die Domain gibt es nicht",
     "Über einen Namen, der nicht im DNS steht, lässt sich nichts sagen: falsch geschrieben oder "
     "aufgegeben, und dann frei für jeden.",
     "Den Namen prüfen; hat der Lieferant jetzt einen anderen, diesen aufnehmen"},
    {"mx_is_cname", "Ein MX nennt einen Alias (CNAME)",
     "Das ist nicht erlaubt, kostet Abfragen und macht Namen für Zertifikat und DANE mehrdeutig.",
     "Den MX den Host selbst nennen lassen"},
    {"mx_is_address", "Ein MX enthält eine IP-Adresse, wo ein Hostname hingehört",
     "Absender können sie nicht auflösen; Mail ohne anderen MX geht verloren.",
     "Dem Host einen Namen geben und den MX diesen nennen lassen"},
    {"mx_invalid", "Ein MX nennt etwas, das kein Host sein kann",
     "Absender können ihn nicht verwenden; Mail ohne anderen MX geht verloren.",
     "Den MX-Eintrag berichtigen"},
    {"mx_dangling", "Ein MX nennt einen Host, den es nicht gibt oder der keine Adresse hat",
     "Absender verlieren damit Zeit, und wer den Namen registriert, bekommt die Mail.",
     "Den MX-Eintrag entfernen; ein Name, den jeder registrieren kann, könnte übernommen werden"},
    {"mx_not_public",
     "Ein MX-Host hat eine nicht öffentliche Adresse; sie wurde nicht angesprochen",
     "Absender im Internet erreichen sie nicht, oder erreichen eine eigene Maschine.",
     "Nur öffentliche Adressen veröffentlichen"},
    {"mx_unobserved", "Einige MX-Hosts waren nicht zu beobachten; sie gehen in die Note nicht ein",
     "Was nicht zu sehen war, kann besser oder schlechter sein als der Rest.",
     "Siehe das Ergebnis der einzelnen Adresse"},
    {"starttls_on_some",
     "TLS funktioniert auf manchen MX-Hosts oder Adressen und auf anderen nicht",
     "Ein Absender nimmt den Host, der antwortet, und ein Angreifer kann die verschlüsselten am "
     "Antworten hindern.",
     "Jeden MX-Host und jede Adresse gleich für TLS einrichten; ein Angreifer sucht sich einen "
     "aus"},
    {"dane_partial",
     "DANE schützt nur einen Teil der Mail: jeder MX-Host und die MX-Einträge gehören dazu",
     "Ein Angreifer führt Absender zu dem Teil, der nicht geschützt ist.",
     "Die Zone der Domain signieren und TLSA-Einträge für jeden MX-Host veröffentlichen"},
    {"mta_sts_broken",
     "Die MTA-STS-Richtlinie sagt enforce, und ein MX-Host besteht sie nicht: Mail geht verloren",
     "Große Absender befolgen die Richtlinie und stellen an einen solchen Host nicht zu.",
     "Jeden MX-Host in der Richtlinie nennen und jedem TLS und ein gültiges Zertifikat geben"},
    {"mta_sts_would_break",
     "Die MTA-STS-Richtlinie ist im Testbetrieb, und ein MX-Host besteht sie nicht",
     "Im Modus enforce bekäme dieser Host keine Mail von Absendern, die die Richtlinie befolgen.",
     "Die Richtlinie oder den Host reparieren, bevor enforce gilt"},
    {"mta_sts_invalid", "MTA-STS ist angekündigt, aber Absender bekommen keine gültige Richtlinie",
     "Absender verhalten sich, als gäbe es keine Richtlinie; nichts wird erzwungen, obwohl es so "
     "gemeint ist.",
     "Den TXT-Eintrag, die Richtliniendatei oder das Zertifikat des Webservers berichtigen"},
    {"mta_sts_testing", "Die MTA-STS-Richtlinie ist im Testbetrieb: nichts wird erzwungen",
     "Absender melden Fehler und stellen trotzdem zu, wenn nötig im Klartext.",
     "Auf enforce umstellen, sobald die Berichte fehlerfrei sind"},
    {"mta_sts_off", "Die MTA-STS-Richtlinie hat den Modus none",
     "So wird eine Richtlinie zurückgezogen; nichts wird erzwungen.",
     "Eine Richtlinie mit dem Modus enforce veröffentlichen"},
    {"no_mta_sts", "Es gibt keine MTA-STS-Richtlinie",
     "Absender ohne DANE können nicht wissen, dass sie auf TLS bestehen dürfen.",
     "Eine veröffentlichen, zunächst im Testbetrieb"},
    {"tls_rpt_invalid", "TLS-Berichte sind auf eine Weise angekündigt, die Absender ignorieren",
     "Fehler der Absender bleiben unbemerkt, obwohl Berichte kommen sollen.",
     "Den TXT-Eintrag berichtigen"},
    {"no_tls_rpt", "Es werden keine Berichte über TLS-Fehler erbeten",
     "Fehler der Absender bei der Zustellung mit TLS bleiben unbemerkt.",
     "Einen Eintrag für TLS-Berichte unter _smtp._tls veröffentlichen"},
    {"no_enforcement",
     "TLS wird nicht erzwungen: ein Angreifer auf dem Weg kann erreichen, dass Mail im Klartext "
     "gesendet wird",
     "Wer Pakete ändern kann, kann das Angebot von STARTTLS entfernen; Absender stellen dann im "
     "Klartext zu.",
     "TLSA-Einträge unter DNSSEC oder eine MTA-STS-Richtlinie mit enforce veröffentlichen"},
    {"enforcement_unknown", "Ob TLS erzwungen wird, war nicht zu beobachten",
     "Was nicht beobachtet wurde, zählt weder dafür noch dagegen.",
     "Siehe den Stand von DANE und MTA-STS; es braucht einen vertrauenswürdigen Resolver, der "
     "prüft"},
    {"dns_failure", "Der MX der Domain war nicht abzufragen",
     "Auch Absender finden die Mailserver nicht, wenn es andauert.",
     "Die Nameserver der Domain und DNSSEC prüfen"},
    {"invalid_input", "Die Zeile der Liste ist kein Domainname",
     "Für diese Zeile wurde nichts geprüft.", "Die Zeile berichtigen"},
};

const struct letter_table letter_german_words = {words, sizeof(words) / sizeof(words[0])};
