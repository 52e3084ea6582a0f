/* OCB2-AES128: one client's two directions. */
#include "_fanout.h"

enum {
    LATE = 29,             /* how far behind the newest a packet may come */
    NEVER = -1,
};

static block_t load(const uint8_t *bytes) {
    uint64_t half[2];
    memcpy(half, bytes, BLOCK);
    return (block_t){be64toh(half[0]), be64toh(half[1])};
}

static void store(uint8_t *bytes, block_t b) {
    uint64_t half[2] = {htobe64(b.high), htobe64(b.low)};
    memcpy(bytes, half, BLOCK);
}

static block_t sum(block_t a, block_t b) {
    return (block_t){a.high ^ b.high, a.low ^ b.low};
}

/* Times two in GF(2^128) with x^128 + x^7 + x^2 + x + 1. */
static block_t twice(block_t b) {
    uint64_t carry = b.high >> 63;
    return (block_t){b.high << 1 | b.low >> 63, b.low << 1 ^ carry * 0x87};
}

struct crypt {
    EVP_CIPHER_CTX *seal, *open;  /* AES-128 by blocks, forwards and backwards */
    block_t ahead;                /* offset of the packet to come: its nonce, enciphered */
    int is_ahead;                 /* whether ahead is known */
    uint8_t sent[BLOCK];          /* nonce of the newest packet to the client; little-endian */
    uint8_t heard[BLOCK];         /* nonce of the newest packet from the client */
    int16_t seen[256];            /* second byte of the nonce, by its first; NEVER: none came */
    int64_t counts[4];            /* good, late, lost, resyncs */
};
enum { GOOD, LATE_ONES, LOST, RESYNCS };

void fanout_crypt_free(struct crypt *c) {
    if (!c)
        return;
    EVP_CIPHER_CTX_free(c->seal);
    EVP_CIPHER_CTX_free(c->open);
    OPENSSL_cleanse(c, sizeof *c);
    free(c);
}

/* Returns NULL if there is no memory or no AES. */
struct crypt *fanout_crypt_new(const uint8_t *key, const uint8_t *client, const uint8_t *server) {
    struct crypt *c = calloc(1, sizeof *c);
    if (!c)
        return NULL;
    c->seal = EVP_CIPHER_CTX_new();
    c->open = EVP_CIPHER_CTX_new();
    if (!c->seal || !c->open ||
        EVP_EncryptInit_ex(c->seal, EVP_aes_128_ecb(), NULL, key, NULL) != 1 ||
        EVP_DecryptInit_ex(c->open, EVP_aes_128_ecb(), NULL, key, NULL) != 1) {
        fanout_crypt_free(c);
        return NULL;
    }
    EVP_CIPHER_CTX_set_padding(c->seal, 0);
    EVP_CIPHER_CTX_set_padding(c->open, 0);
    memcpy(c->heard, client, BLOCK);
    memcpy(c->sent, server, BLOCK);
    for (int i = 0; i < 256; i++)
        c->seen[i] = NEVER;
    return c;
}

void fanout_crypt_state(const struct crypt *c, uint8_t *nonce, int64_t *counts) {
    memcpy(nonce, c->sent, BLOCK);
    memcpy(counts, c->counts, sizeof c->counts);
}

void fanout_crypt_resync(struct crypt *c, const uint8_t *client) {
    memcpy(c->heard, client, BLOCK);
    c->counts[RESYNCS]++;
}

static int seal_blocks(struct crypt *c, uint8_t *blocks, int count) {
    int done;
    return EVP_EncryptUpdate(c->seal, blocks, &done, blocks, BLOCK * count) == 1;
}

/* How many blocks stand before the last one, which may be short or empty. */
static int before_last(size_t size) {
    return size > BLOCK ? (int)((size - 1) / BLOCK) : 0;
}

static block_t bits(size_t size) {
    return (block_t){0, 8 * (uint64_t)size};
}

static block_t tag_from(block_t delta, block_t checksum) {
    return sum(sum(delta, twice(delta)), checksum);
}

/* Add to a little-endian number; by is -128 to 127. */
static void advance(uint8_t *nonce, int by) {
    for (int i = 0; i < BLOCK && by; i++) {
        by += nonce[i];
        nonce[i] = (uint8_t)by;
        by = by > 255 ? 1 : by < 0 ? -1 : 0;
    }
}

/* Prepare what is the same for all receivers. Against the attack of IACR ePrint 2019/311 (9) a
 * packet whose second to last block is zero in its first 15 bytes, as silence is, goes out with
 * one bit of that block changed. */
void text_of(struct text *text, const uint8_t *plain, size_t size) {
    text->size = size;
    text->before = before_last(size);
    text->rest = size - (size_t)BLOCK * text->before;
    text->checksum = (block_t){0, 0};
    for (int i = 0; i < text->before; i++) {
        block_t block = load(plain + BLOCK * i);
        if (i == text->before - 1 && !block.high && !(block.low >> 8))
            block.high ^= UINT64_C(1) << 56;
        text->blocks[i] = block;
        text->checksum = sum(text->checksum, block);
    }
    memcpy(text->tail, plain + BLOCK * text->before, text->rest);
}

/* The offset of the next packet is enciphered together with the tag of this one, and those of its
 * blocks are in one call: two calls of libcrypto a packet. */
int seal(struct crypt *c, const struct text *text, uint8_t *out) {
    uint8_t work[BLOCK * MAX_BLOCKS], ends[2 * BLOCK];
    block_t deltas[MAX_BLOCKS], delta = c->ahead;
    int before = text->before;

    advance(c->sent, 1);
    if (!c->is_ahead) {
        memcpy(ends, c->sent, BLOCK);
        if (!seal_blocks(c, ends, 1))
            return 0;
        delta = load(ends);
    }
    c->is_ahead = 0;
    for (int i = 0; i < before; i++) {
        deltas[i] = delta = twice(delta);
        store(work + BLOCK * i, sum(text->blocks[i], delta));
    }
    delta = twice(delta);
    uint8_t *pad = work + BLOCK * before, *end = out + HEAD + BLOCK * before;
    store(pad, sum(delta, bits(text->rest)));
    if (!seal_blocks(c, work, before + 1))
        return 0;
    for (int i = 0; i < before; i++)
        store(out + HEAD + BLOCK * i, sum(load(work + BLOCK * i), deltas[i]));
    for (size_t i = 0; i < text->rest; i++) {
        end[i] = text->tail[i] ^ pad[i];
        pad[i] = text->tail[i];
    }
    store(ends, tag_from(delta, sum(text->checksum, load(pad))));
    memcpy(ends + BLOCK, c->sent, BLOCK);
    advance(ends + BLOCK, 1);
    if (!seal_blocks(c, ends, 2))
        return 0;
    c->ahead = load(ends + BLOCK);
    c->is_ahead = 1;
    out[0] = c->sent[0];
    memcpy(out + 1, ends, HEAD - 1);
    return 1;
}

/* Returns the size of the datagram, -1 if the packet is too long or libcrypto failed. */
int fanout_seal(struct crypt *c, const uint8_t *plain, size_t size, uint8_t *out) {
    struct text text;
    if (size > MAX_PLAIN)
        return -1;
    text_of(&text, plain, size);
    return seal(c, &text, out) ? (int)size + HEAD : -1;
}

/* Decrypt with this nonce; 0 if the tag is wrong or the packet is one of the attack. */
static int open_with(struct crypt *c, const uint8_t *nonce, const uint8_t *in, size_t size,
                     uint8_t *out) {
    uint8_t work[BLOCK * MAX_BLOCKS], pad[BLOCK], tag[BLOCK];
    block_t deltas[MAX_BLOCKS], checksum = {0, 0}, delta;
    int before = before_last(size), done;
    size_t rest = size - (size_t)BLOCK * before;
    const uint8_t *tail = in + HEAD + BLOCK * before;

    memcpy(pad, nonce, BLOCK);
    if (!seal_blocks(c, pad, 1))
        return 0;
    delta = load(pad);
    for (int i = 0; i < before; i++) {
        deltas[i] = delta = twice(delta);
        store(work + BLOCK * i, sum(load(in + HEAD + BLOCK * i), delta));
    }
    if (before && EVP_DecryptUpdate(c->open, work, &done, work, BLOCK * before) != 1)
        return 0;
    for (int i = 0; i < before; i++) {
        block_t block = sum(load(work + BLOCK * i), deltas[i]);
        checksum = sum(checksum, block);
        store(out + BLOCK * i, block);
    }
    delta = twice(delta);
    store(pad, sum(delta, bits(rest)));
    if (!seal_blocks(c, pad, 1))
        return 0;
    for (size_t i = 0; i < rest; i++)
        out[BLOCK * before + i] = pad[i] = pad[i] ^ tail[i];
    block_t last = load(pad), apart = sum(last, delta);
    if (!apart.high && !(apart.low >> 8))
        return 0;
    store(tag, tag_from(delta, sum(checksum, last)));
    if (!seal_blocks(c, tag, 1))
        return 0;
    uint8_t wrong = 0;
    for (int i = 0; i < HEAD - 1; i++)
        wrong |= tag[i] ^ in[1 + i];
    return !wrong;
}

int probe(struct crypt *c, const uint8_t *in, size_t size, uint8_t *nonce, uint8_t *out) {
    int ahead = size ? (int8_t)(uint8_t)(in[0] - c->heard[0]) : 0;
    if (size <= HEAD || size > MAX_DATAGRAM || !ahead || ahead < -LATE)
        return -1;
    memcpy(nonce, c->heard, BLOCK);
    advance(nonce, ahead);
    if (c->seen[nonce[0]] == nonce[1] || !open_with(c, nonce, in, size - HEAD, out))
        return -1;
    return (int)size - HEAD;
}

void opened(struct crypt *c, const uint8_t *nonce) {
    int ahead = (int8_t)(uint8_t)(nonce[0] - c->heard[0]);
    c->seen[nonce[0]] = nonce[1];
    c->counts[GOOD]++;
    if (ahead < 0) {
        c->counts[LATE_ONES]++;
        c->counts[LOST] -= c->counts[LOST] > 0;
    } else {
        memcpy(c->heard, nonce, BLOCK);
        c->counts[LOST] += ahead - 1;
    }
}

/* Returns the size of the packet, or -1. */
int fanout_open(struct crypt *c, const uint8_t *in, size_t size, uint8_t *out) {
    uint8_t nonce[BLOCK];
    int bytes = probe(c, in, size, nonce, out);
    if (bytes >= 0)
        opened(c, nonce);
    return bytes;
}
