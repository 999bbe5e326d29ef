import { LIMITS } from './limits.ts';
import { hashByte, HASH_START, isPlaceName, lowerCase } from './place-names.ts';
import type { Scan } from './scan.ts';
import {
  AT,
  XMLNS,
  SYNTAX,
  LENGTHS,
  MAX_LENGTHS,
  COMMENT,
  CDATA,
  LT,
  GT,
  SLASH,
  isSpace,
} from './xmp-syntax.ts';

/**
 * Hides the values of the properties of an XMP packet that tell a place: the value of an attribute; of an element its
 * attributes and all between its tags. The packet is fed in one or more parts, each at its own place of the file.
 *
 * Refused, for the caller to hide whole: what is not XML in an encoding that contains ASCII (UTF-16 and UTF-32 have
 * NUL bytes), tags that do not match, a document type (it could rename everything), and what is beyond a limit.
 */
export class XmpScanner {
  /** The lengths of files appended to this one, as the packets of a file told them. */
  readonly lengths = new Float64Array(MAX_LENGTHS);
  lengthCount = 0;
  readonly #scan: Scan;
  readonly #name = new Uint8Array(LIMITS.xmpNameBytes);
  readonly #open = new Int32Array(LIMITS.xmpDepth);
  #at: number = AT.text;
  #depth = 0;
  #elements = 0;
  #nameLength = 0;
  #localHash = 0;
  #nameHash = 0;
  #namespace = false;
  #quote = 0;
  /** How far the beginning of a comment or the like is read, then how many bytes of its end. */
  #run = 0;
  #beginning = COMMENT;
  #tagHash = 0;
  #lengthTag = false;
  #placeTag = false;
  /** The depth of the element whose content is hidden, or 0. */
  #placeDepth = 0;
  #hiding = false;
  #from = 0;
  /** Where the run of bytes begins that is read. */
  #base = 0;
  #number = -1;

  constructor(scan: Scan) {
    this.#scan = scan;
  }

  /** The packet at [start, end), hidden whole where it is not understood. */
  packet(start: number, end: number): void {
    this.begin();
    if (!this.feed(start, end) || !this.finished()) this.#scan.hide(start, end);
  }

  begin(): void {
    this.#at = AT.text;
    this.#depth = 0;
    this.#elements = 0;
    this.#placeDepth = 0;
    this.#placeTag = false;
    this.#hiding = false;
    this.#number = -1;
  }

  /** Whether what was fed is complete. */
  finished(): boolean {
    return this.#at === AT.text && this.#depth === 0 && this.#elements > 0 && this.#scan.file.ok;
  }

  /** Reads on at [start, end); false where the packet is not understood. */
  feed(start: number, end: number): boolean {
    const scan = this.#scan;
    if (end - start > LIMITS.xmpBytes - scan.xmpBytes) return false;
    scan.xmpBytes += end - start;
    this.#from = start;
    for (let at = start; at < end;) {
      const count = scan.file.run(at, end);
      this.#base = at;
      for (let i = 0; i < count; i++) if (!this.#next(scan.file.runByte(i), i)) return false;
      if (count === 0 || !scan.file.ok) return false;
      at += count;
    }
    // The `<` of an end tag stays even where the parts are divided behind it.
    if (this.#hiding) scan.hide(this.#from, this.#at === AT.open ? end - 1 : end);
    return scan.file.ok;
  }

  #next(byte: number, i: number): boolean {
    if (byte === 0 && (this.#at !== AT.text || this.#depth > 0 || this.#elements === 0)) return false;
    switch (this.#at) {
      case AT.text:
        if (byte === LT) {
          this.#endNumber();
          this.#at = AT.open;
        } else if (this.#depth === 0) {
          const mark = this.#elements === 0 && (byte === 0xef || byte === 0xbb || byte === 0xbf);
          return byte === 0 || isSpace(byte) || mark;
        } else this.#countNumber(byte);
        return true;
      case AT.open:
        if (byte === SLASH) {
          if (this.#depth === 0) return false;
          if (this.#depth === this.#placeDepth) {
            this.#placeDepth = 0;
            this.#stopHiding(i - 1);
          }
          this.#beginName(AT.endName);
        } else if (byte === 0x21) {
          this.#run = 0;
          this.#at = AT.bang;
        } else if (byte === 0x3f) {
          this.#run = 0;
          this.#at = AT.instruction;
        } else {
          this.#beginName(AT.startName);
          return this.#nameByte(byte);
        }
        return true;
      case AT.startName:
        if (isSpace(byte)) this.#startTag(AT.tag);
        else if (byte === SLASH) this.#startTag(AT.selfClose);
        else if (byte === GT) {
          this.#startTag(AT.tag);
          return this.#openElement(i);
        } else return this.#nameByte(byte);
        return true;
      case AT.tag:
        if (isSpace(byte)) return true;
        if (byte === SLASH) this.#at = AT.selfClose;
        else if (byte === GT) return this.#openElement(i);
        else {
          this.#beginName(AT.attributeName);
          return this.#nameByte(byte);
        }
        return true;
      case AT.attributeName:
        if (isSpace(byte)) this.#at = AT.afterName;
        else if (byte === 0x3d) this.#at = AT.beforeValue;
        else return this.#nameByte(byte);
        return true;
      case AT.afterName:
        if (byte === 0x3d) this.#at = AT.beforeValue;
        else return isSpace(byte);
        return true;
      case AT.beforeValue:
        if (byte === 0x22 || byte === 0x27) this.#beginValue(byte, i);
        else return isSpace(byte);
        return true;
      case AT.value:
        if (byte === this.#quote) {
          this.#endNumber();
          if (this.#placeDepth === 0) this.#stopHiding(i);
          this.#at = AT.tag;
        } else this.#countNumber(byte);
        return byte !== LT;
      case AT.selfClose:
        this.#at = AT.text;
        this.#elements++;
        return byte === GT;
      case AT.endName:
        if (isSpace(byte)) this.#at = AT.afterEndName;
        else if (byte === GT) return this.#closeElement();
        else return this.#nameByte(byte);
        return true;
      case AT.afterEndName:
        return byte === GT ? this.#closeElement() : isSpace(byte);
      case AT.bang:
        return this.#bang(byte);
      case AT.comment:
        return this.#until(byte, 0x2d, 2);
      case AT.cdata:
        return this.#until(byte, 0x5d, 2);
      default:
        return this.#until(byte, 0x3f, 1);
    }
  }

  /** Back to text at a `>` that at least `run` bytes `mark` stand before. */
  #until(byte: number, mark: number, run: number): true {
    if (byte === GT && this.#run >= run) this.#at = AT.text;
    this.#run = byte === mark ? this.#run + 1 : 0;
    return true;
  }

  /** `<!--` begins a comment and `<![CDATA[` text; all else that begins so is refused. */
  #bang(byte: number): boolean {
    const i = this.#run++;
    if (i === 0) {
      this.#beginning = byte === 0x2d ? COMMENT : CDATA;
      if (this.#depth === 0 && byte !== 0x2d) return false;
    }
    if (this.#beginning[i] !== byte) return false;
    if (i === this.#beginning.length - 1) {
      this.#at = this.#beginning === COMMENT ? AT.comment : AT.cdata;
      this.#run = 0;
    }
    return true;
  }

  #beginName(state: number): void {
    this.#at = state;
    this.#nameLength = 0;
    this.#localHash = HASH_START;
    this.#nameHash = HASH_START;
    this.#namespace = false;
  }

  #nameByte(byte: number): boolean {
    if (byte <= 0x20 || byte === LT || byte === 0x22 || byte === 0x27 || byte === 0x3d) return false;
    if (byte === 0x3a) {
      this.#namespace = this.#nameHash === XMLNS;
      this.#localHash = HASH_START;
      this.#nameLength = 0;
    } else {
      if (this.#nameLength === LIMITS.xmpNameBytes) return false;
      const small = lowerCase(byte);
      this.#name[this.#nameLength++] = small;
      this.#localHash = hashByte(this.#localHash, small);
    }
    this.#nameHash = hashByte(this.#nameHash, byte);
    return true;
  }

  #namesPlace(): boolean {
    return isPlaceName(this.#name, this.#nameLength, this.#localHash);
  }

  /** The name of a start tag is complete. */
  #startTag(state: number): void {
    this.#at = state;
    this.#tagHash = this.#nameHash;
    this.#lengthTag = LENGTHS.has(this.#localHash);
    this.#placeTag = this.#namesPlace();
  }

  #openElement(i: number): boolean {
    this.#at = AT.text;
    this.#elements++;
    if (this.#depth === LIMITS.xmpDepth) return false;
    this.#open[this.#depth++] = this.#tagHash;
    if (this.#placeTag && this.#placeDepth === 0) {
      this.#placeDepth = this.#depth;
      this.#hiding = true;
      this.#from = this.#base + i + 1;
    }
    this.#number = this.#lengthTag ? 0 : -1;
    return true;
  }

  #closeElement(): boolean {
    this.#at = AT.text;
    return this.#open[--this.#depth] === (this.#nameHash | 0);
  }

  #beginValue(quote: number, i: number): void {
    this.#at = AT.value;
    this.#quote = quote;
    if (this.#namespace || this.#nameHash === XMLNS) return;
    if (LENGTHS.has(this.#localHash)) this.#number = 0;
    if (this.#placeDepth > 0) return;
    if (this.#placeTag ? !SYNTAX.has(this.#localHash) : this.#namesPlace()) {
      this.#hiding = true;
      this.#from = this.#base + i + 1;
    }
  }

  /** Byte `i` of the run is the first that is not hidden. */
  #stopHiding(i: number): void {
    if (this.#hiding) this.#scan.hide(this.#from, this.#base + i);
    this.#hiding = false;
  }

  #countNumber(byte: number): void {
    if (this.#number < 0) return;
    this.#number = byte >= 0x30 && byte <= 0x39 ? Math.min(this.#number * 10 + byte - 0x30, 2 ** 53) : -1;
  }

  #endNumber(): void {
    if (this.#number > 0 && this.lengthCount < MAX_LENGTHS) this.lengths[this.lengthCount++] = this.#number;
    this.#number = -1;
  }
}
