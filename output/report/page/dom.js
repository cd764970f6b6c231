'use strict';
/*
 * Making elements. Nothing here takes markup: whatever came from a server becomes a text node or
 * the value of an attribute that holds text, after show() has made visible what would hide in it.
 */

/* Controls, and what reorders or hides the text around it (UAX 9, Bidi_Control; UTS 55). */
const INVISIBLE = new RegExp('[\\u0000-\\u001f\\u007f-\\u009f\\u00ad\\u061c\\u200b\\u200e\\u200f' +
    '\\u2028-\\u202e\\u2060-\\u2069\\ufeff]', 'g');

const TEXT_MAX = 4000;

/* A value as text for people. */
function show(value) {
    if (value === null || value === undefined) {
        return '';
    }
    const text = typeof value === 'object' ? JSON.stringify(value) : String(value);
    const cut = text.length > TEXT_MAX ? text.slice(0, TEXT_MAX) + '\u2026' : text;
    return cut.replace(INVISIBLE, '\ufffd');
}

function fill(element, attributes, children) {
    for (const [name, value] of Object.entries(attributes || {})) {
        if (value !== null && value !== undefined && value !== false) {
            element.setAttribute(name, value === true ? '' : show(value));
        }
    }
    for (const child of children.flat()) {
        if (child !== null && child !== undefined) {
            element.append(child instanceof Node ? child : document.createTextNode(show(child)));
        }
    }
    return element;
}

function el(name, attributes, ...children) {
    return fill(document.createElement(name), attributes, children);
}

function svg(name, attributes, ...children) {
    return fill(document.createElementNS('http://www.w3.org/2000/svg', name), attributes, children);
}

function button(attributes, onPress, ...children) {
    const made = el('button', {type: 'button', ...attributes}, ...children);
    made.addEventListener('click', onPress);
    return made;
}

function byId(id) {
    return document.getElementById(id);
}

/* ---- Packed data ---- */

function bytesOfBase64(text) {
    const characters = atob(text);
    const bytes = new Uint8Array(characters.length);
    for (let i = 0; i < bytes.length; i++) {
        bytes[i] = characters.charCodeAt(i);
    }
    return bytes;
}

/* The JSON in that element, which is packed (RFC 1950); null where there is none. */
async function readIsland(id) {
    const island = byId(id);
    if (island === null) {
        return null;
    }
    const unpacker = new DecompressionStream('deflate');
    const writer = unpacker.writable.getWriter();
    const written = writer.write(bytesOfBase64(island.textContent)).then(() => writer.close());
    const [value] = await Promise.all([new Response(unpacker.readable).json(), written]);
    return value;
}

/* ---- Numbers and dates ---- */

const numberFormat = new Intl.NumberFormat('en');

function countText(count) {
    return numberFormat.format(count);
}

/* "1 domain", "2,000 domains" */
function counted(count, noun) {
    return countText(count) + ' ' + noun + (count === 1 ? '' : 's');
}

/* Never rounds something to nothing, or not quite all to all. */
function percentText(count, total) {
    if (total === 0) {
        return '\u2013';
    }
    const share = 100 * count / total;
    if (count > 0 && share < 0.5) {
        return '<1%';
    }
    return (count < total ? Math.min(99, Math.round(share)) : 100) + '%';
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const DAY_MS = 86400000;

/* Days since 1970 of "2026-11-23..."; null where it is no date. */
function dayOf(text) {
    const time = typeof text === 'string' ? Date.parse(text.slice(0, 10)) : NaN;
    return Number.isNaN(time) ? null : Math.floor(time / DAY_MS);
}

/* "23 Nov 2026" */
function dayText(day) {
    const date = new Date(day * DAY_MS);
    return date.getUTCDate() + ' ' + MONTHS[date.getUTCMonth()] + ' ' + date.getUTCFullYear();
}

/* "23 Nov 2026, 12:00 UTC" */
function timeText(text) {
    const time = typeof text === 'string' ? Date.parse(text) : NaN;
    return Number.isNaN(time) ? show(text)
        : dayText(Math.floor(time / DAY_MS)) + ', ' + new Date(time).toISOString().slice(11, 16) +
          ' UTC';
}
