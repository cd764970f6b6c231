/* What the words of the page mean: beside them, behind a button, and all together at its end. */

const GLOSSARY = new Map([
    ['Grade', 'A letter for how well mail to a domain is protected on its way, from A+ to F: the lowest cap of its findings, and the lowest letter of its mail servers, as a sender may use any of them. U could not be observed, N takes no mail.'],
    ['Score', '0 to 100, which puts domains with the same letter in order.'],
    ['Encrypted', 'Whether every mail server offers TLS (opportunistic TLS). Senders then encrypt, but whoever sits on the way can prevent it unless it is enforced too.'],
    ['Enforced', 'Whether the domain publishes what lets senders insist on TLS with the right server: DANE, or an MTA-STS policy in mode enforce.'],
    ['STARTTLS', 'The command by which a mail server turns a connection in clear into an encrypted one (RFC 3207).'],
    ['TLS', 'Transport Layer Security, the encryption of connections. Versions 1.2 and 1.3 are up to date; older ones have known weaknesses (RFC 8996).'],
    ['DANE', 'The domain publishes in DNS, signed by DNSSEC, which certificate its mail servers have (TLSA records, RFC 7672). Senders that check it deliver encrypted to that server or not at all.'],
    ['DNSSEC', 'Signatures in the DNS, without which answers could be forged on the way. DANE needs it.'],
    ['MTA-STS', 'The domain publishes on a web server that its mail servers have valid certificates and that senders must insist on TLS (RFC 8461).'],
    ['TLS reports', 'The domain asks senders to report deliveries where TLS failed (TLS-RPT, RFC 8460).'],
    ['Mail server', 'A host that takes mail for a domain, named by its MX records. Each of its addresses is looked at.'],
    ['Certificate', 'What a server shows to prove its name. It has a last day, and counts where an authority that senders trust has issued it for the server\u2019s name.'],
    ['Provider', 'Who runs a mail server, told by the name of its host. One provider often serves many suppliers.'],
    ['Network', 'The network in which a server\u2019s address lies, by its number (AS) and owner.'],
    ['Finding', 'Something seen that matters, with its severity, its source and what to do. Critical and high ones cost letters; info costs nothing.'],
    ['Cap', 'The best letter that a finding leaves. The lowest cap decides.'],
    ['Not answered', 'A question whose answer might lower the letter and that a server did not answer, or that was not asked. It never lowers a letter, and A+ needs all answers.'],
    ['Not observed', 'The servers could not be reached or would not talk to the scanner. That is no failure of the supplier.'],
    ['OCSP staple', 'A fresh statement of the authority that a certificate was not revoked, sent along by the server.'],
    ['SCT', 'A receipt that a certificate stands in a public log (Certificate Transparency).'],
    ['Post-quantum', 'Key exchange that a quantum computer of the future could not undo (a hybrid with ML-KEM).'],
    ['Extended master secret', 'Binds the keys of TLS 1.2 to their handshake (RFC 7627).'],
    ['Secure renegotiation', 'Ties a second handshake to the first one (RFC 5746).'],
    ['REQUIRETLS', 'The server can be told that a message must not travel on in clear (RFC 8689).'],
    ['Commands injected', 'Commands sent before TLS began were carried out inside it: whoever sits on the way can put words into the sender\u2019s mouth.'],
]);

/* One box for all: it stands in the dialog while that is open, as all else is inert then. */
class Explainer {
    constructor() {
        this.box = el('div', {id: 'explain', popover: 'auto', tabindex: -1, role: 'note',
            'aria-live': 'polite'});
        document.body.append(this.box);
    }

    explain(word, opener) {
        if (typeof this.box.showPopover !== 'function') {
            byId('glossary').open = true;
            byId('glossary').scrollIntoView();
            return;
        }
        this.box.replaceChildren(el('p', {}, el('strong', {}, word)),
            el('p', {}, GLOSSARY.get(word)));
        (opener.closest('dialog') ?? document.body).append(this.box);
        this.box.showPopover();
        const at = opener.getBoundingClientRect();
        const {offsetWidth, offsetHeight} = this.box;
        const left = Math.max(8, Math.min(at.left, innerWidth - offsetWidth - 8));
        const below = at.bottom + 6 + offsetHeight < innerHeight;
        this.box.style.left = left + 'px';
        this.box.style.top = Math.max(8, below ? at.bottom + 6 : at.top - 6 - offsetHeight) + 'px';
        this.box.focus();
        this.box.onkeydown = (event) => {
            if (event.key === 'Escape') {
                this.box.hidePopover();
                opener.focus();
                event.preventDefault(); /* it closes this box, and not the dialog below it */
                event.stopPropagation();
            }
        };
    }
}

let explainer = null;

/* A word that explains itself when it is pressed. */
function term(word, shown = word) {
    const made = button({class: 'term', title: 'What \u201c' + word + '\u201d means'}, (event) => {
        explainer ??= new Explainer();
        explainer.explain(word, made);
        event.stopPropagation();
    }, shown, el('span', {class: 'sr'}, ' (explain)'));
    return made;
}

/* "Terms: DANE, MTA-STS" for what stands in a card. */
function terms(...words) {
    return el('p', {class: 'muted terms'}, 'Explained: ', words.flatMap((word, i) =>
        i === 0 ? [term(word)] : [', ', term(word)]));
}

function drawGlossary() {
    byId('glossary').append(el('dl', {class: 'glossary'}, [...GLOSSARY].map(([word, text]) =>
        el('div', {}, el('dt', {}, word), el('dd', {}, text)))));
}
