/* SRTP with AES-128-GCM (RFC 3711, RFC 7714): protected once, kept for a second, forwarded. */
#include "_fanout.h"

enum {
    CHUNK_BYTES = 256 * 1024,
    MAX_CHUNKS = 256,
    FORGET_CHUNK_S = 10,
    MAX_RTP = 1356,         /* as pylibsrtp has it; without the tag */
    TAG_BYTES = 16,
    SALT_BYTES = 12,
    GET_TAG = 0x10,         /* EVP_CTRL_AEAD_GET_TAG */
    WINDOW = 512,           /* how far back an outgoing number may be used */
    MAX_HEADER = 320,
    MAX_REPEATS = 3,
    REPEAT_FLOOR = 8000,
    CODECS = 5,
    OPUS = 1,
    SILENT = 127,
};

/* --- protected packets ------------------------------------------------------------------ */

/* Chunks are filled one after the other; one whose packets nobody asks for any more is filled
 * again. serial tells whether a place still holds what somebody remembers. */
struct chunk {
    uint8_t *bytes;
    uint32_t used, serial, second;
};

struct store {
    struct chunk chunks[MAX_CHUNKS];
    uint32_t current, serial, second;
};

struct store *fanout_store_new(void) {
    return calloc(1, sizeof(struct store));
}

void fanout_store_free(struct store *store) {
    for (int i = 0; store && i < MAX_CHUNKS; i++)
        free(store->chunks[i].bytes);
    free(store);
}

/* Returns the number of chunks in use. */
int fanout_store_second(struct store *store) {
    int held = 0;
    store->second++;
    for (uint32_t i = 0; i < MAX_CHUNKS; i++) {
        struct chunk *c = &store->chunks[i];
        if (c->bytes && i != store->current && c->second + FORGET_CHUNK_S < store->second) {
            free(c->bytes);
            *c = (struct chunk){NULL, 0, 0, 0};
        }
        held += c->bytes != NULL;
    }
    return held;
}

/* Return a chunk with that much room, NULL if there is no memory. */
static struct chunk *chunk_for(struct store *store, uint32_t size) {
    struct chunk *c = &store->chunks[store->current], *oldest = NULL, *none = NULL;
    if (c->bytes && c->used + size <= CHUNK_BYTES)
        return c;
    for (int i = 0; i < MAX_CHUNKS; i++) {
        c = &store->chunks[i];
        if (!c->bytes)
            none = none ? none : c;
        else if (!oldest || c->serial < oldest->serial)
            oldest = c;
    }
    if (oldest && oldest->second + 1 < store->second)
        none = oldest;
    if (!none)
        none = oldest;
    if (!none->bytes && !(none->bytes = malloc(CHUNK_BYTES)))
        return NULL;
    none->used = 0;
    none->serial = ++store->serial;
    store->current = (uint32_t)(none - store->chunks);
    return none;
}

/* --- legs and their streams ----------------------------------------------------------- */

/* All that goes to one leg. number: the newest transport-wide one. */
struct srtp {
    EVP_CIPHER_CTX *gcm;
    uint8_t salt[SALT_BYTES];
    struct store *store;
    struct way way;
    uint16_t number;
};

void fanout_srtp_free(struct srtp *srtp) {
    if (!srtp)
        return;
    EVP_CIPHER_CTX_free(srtp->gcm);
    OPENSSL_cleanse(srtp, sizeof *srtp);
    free(srtp);
}

/* key, salt: of the session, derived already. */
struct srtp *fanout_srtp_new(const uint8_t *key, const uint8_t *salt, struct store *store) {
    struct srtp *srtp = calloc(1, sizeof *srtp);
    if (!srtp)
        return NULL;
    srtp->store = store;
    srtp->gcm = EVP_CIPHER_CTX_new();
    memcpy(srtp->salt, salt, SALT_BYTES);
    if (!srtp->gcm || EVP_EncryptInit_ex(srtp->gcm, EVP_aes_128_gcm(), NULL, key, NULL) != 1) {
        fanout_srtp_free(srtp);
        return NULL;
    }
    return srtp;
}

void fanout_srtp_route(struct srtp *srtp, struct queue *queue, const struct route *route) {
    srtp->way.queue = queue;
    srtp->way.turn = 0;
    if (queue)
        srtp->way.route = *route;
}

/* Where a protected packet is, for repetitions. */
struct entry {
    int64_t index;
    uint32_t chunk, serial, offset, size, second, repeats;
};

/* What Python sets to let C forward packets that follow each other, and reads back. A packet that
 * does not simply follow ends that: Python decides about it, with all numbers up to date. */
struct lane {
    int64_t next;            /* number of the packet that may come */
    int64_t offset;          /* from it to the outgoing index */
    int64_t picture;         /* newest picture, unwrapped */
    int64_t picture_offset;
    int64_t level_zero;      /* newest outgoing TL0PICIDX */
    int64_t level_zero_shift;
    int64_t temporal;        /* highest temporal layer that passes */
    int64_t layer;           /* the one that passes, -1 for none */
    int64_t taken, packets, octets, dropped, timestamp;
    double arrived_s;
    uint32_t shift;          /* added to timestamps */
    uint32_t following;
};

/* One outgoing SSRC. */
struct stream {
    struct srtp *srtp;
    uint32_t ssrc, header_bytes, level_at, number_at, slots;
    uint8_t header[MAX_HEADER];
    uint8_t types[CODECS];   /* payload type by codec, 0 for none */
    int64_t highest;         /* index: rollovers << 16 | sequence number; -1 before the first */
    uint64_t used[WINDOW / 64];
    struct lane lane;
    struct entry last;
    uint64_t sent_bytes, sent_last_second, repeated_bytes;
    struct entry entries[];
};

/* header: as it is sent, with zeros for what differs. slots: a power of two. */
struct stream *fanout_stream_new(struct srtp *srtp, const uint8_t *header, uint32_t header_bytes,
                                 uint32_t level_at, uint32_t number_at, const uint8_t *types,
                                 uint32_t slots) {
    if (header_bytes < 12 || header_bytes > MAX_HEADER || level_at >= header_bytes ||
        number_at + 2 > header_bytes || !slots || (slots & (slots - 1)))
        return NULL;
    struct stream *s = calloc(1, sizeof *s + slots * sizeof *s->entries);
    if (!s)
        return NULL;
    s->srtp = srtp;
    memcpy(s->header, header, header_bytes);
    memcpy(s->types, types, CODECS);
    s->header_bytes = header_bytes;
    s->level_at = level_at;
    s->number_at = number_at;
    s->slots = slots;
    s->highest = -1;
    return s;
}

void fanout_stream_free(struct stream *s) {
    free(s);
}

/* The rule of the nonce: an index is used once. Returns 0 if it was, or is too old to know. */
static int claim(struct stream *s, int64_t index) {
    if (index < 0)
        return 0;
    if (index > s->highest) {
        if (index - s->highest >= WINDOW)
            memset(s->used, 0, sizeof s->used);
        else
            for (int64_t i = s->highest + 1; i <= index; i++)
                s->used[i % WINDOW / 64] &= ~(UINT64_C(1) << i % 64);
        s->highest = index;
    } else if (index <= s->highest - WINDOW ||
               s->used[index % WINDOW / 64] >> index % 64 & 1) {
        return 0;
    }
    s->used[index % WINDOW / 64] |= UINT64_C(1) << index % 64;
    return 1;
}

/* RFC 7714, 8.1 and 8.2. The tag is written behind the packet. */
static int protect(struct srtp *srtp, int64_t index, uint8_t *packet, size_t header, size_t size) {
    uint8_t iv[SALT_BYTES] = {0};
    int done;
    memcpy(iv + 2, packet + 8, 4);
    put(iv + 6, (uint64_t)index, 6);
    for (int i = 0; i < SALT_BYTES; i++)
        iv[i] ^= srtp->salt[i];
    return EVP_EncryptInit_ex(srtp->gcm, NULL, NULL, NULL, iv) == 1 &&
           EVP_EncryptUpdate(srtp->gcm, NULL, &done, packet, (int)header) == 1 &&
           EVP_EncryptUpdate(srtp->gcm, packet + header, &done, packet + header,
                             (int)(size - header)) == 1 &&
           EVP_EncryptFinal_ex(srtp->gcm, packet + size, &done) == 1 &&
           EVP_CIPHER_CTX_ctrl(srtp->gcm, GET_TAG, TAG_BYTES, packet + size) == 1;
}

struct payload {
    const uint8_t *first, *rest;
    uint32_t first_bytes, rest_bytes;
};

/* Write, protect, keep and queue one packet. Returns 0 if its number was used or it is too long. */
static int emit(struct stream *s, uint32_t marked_type, int64_t index, uint32_t timestamp,
                uint32_t level, const struct payload *payload) {
    struct srtp *srtp = s->srtp;
    if (s->number_at)
        srtp->number++;
    uint32_t size = s->header_bytes + payload->first_bytes + payload->rest_bytes;
    if (size > MAX_RTP || !claim(s, index))
        return 0;
    struct chunk *chunk = chunk_for(srtp->store, size + TAG_BYTES);
    if (!chunk)
        return 0;
    uint8_t *packet = chunk->bytes + chunk->used, *body = packet + s->header_bytes;
    memcpy(packet, s->header, s->header_bytes);
    packet[1] = (uint8_t)marked_type;
    put(packet + 2, (uint64_t)index, 2);
    put(packet + 4, timestamp, 4);
    if (s->level_at)
        packet[s->level_at] = (uint8_t)level;
    if (s->number_at)
        put(packet + s->number_at, srtp->number, 2);
    memcpy(body, payload->first, payload->first_bytes);
    memcpy(body + payload->first_bytes, payload->rest, payload->rest_bytes);
    if (!protect(srtp, index, packet, s->header_bytes, size))
        return 0;
    size += TAG_BYTES;
    s->last = (struct entry){index, (uint32_t)(chunk - srtp->store->chunks), chunk->serial,
                             chunk->used, size, srtp->store->second, 0};
    struct entry *e = &s->entries[index & (s->slots - 1)];
    if (!e->size || e->index < index) {
        *e = s->last;
        s->sent_bytes += size;
    }
    chunk->used += size;
    chunk->second = srtp->store->second;
    if (srtp->way.queue)
        enqueue(&srtp->way, packet, size);
    return 1;
}

static const uint8_t *packet_of(const struct stream *s, const struct entry *e) {
    const struct store *store = s->srtp->store;
    const struct chunk *chunk = &store->chunks[e->chunk];
    int there = e->size && chunk->bytes && chunk->serial == e->serial;
    return there && e->second + 1 >= store->second ? chunk->bytes + e->offset : NULL;
}

static int copied(const struct stream *s, const struct entry *e, uint8_t *out) {
    const uint8_t *packet = packet_of(s, e);
    if (!packet)
        return -1;
    memcpy(out, packet, e->size);
    return (int)e->size;
}

/* Returns -1 if it cannot be sent, 0 if it waits in the queue, else its size: it was copied to out,
 * MAX_RTP + TAG_BYTES long, for somebody else to send. */
int fanout_stream_emit(struct stream *s, uint32_t marked_type, int64_t index, uint32_t timestamp,
                       uint32_t level, const uint8_t *bytes, uint32_t size, uint8_t *out) {
    struct payload payload = {bytes, bytes, size, 0};
    if (!emit(s, marked_type, index, timestamp, level, &payload))
        return -1;
    return s->srtp->way.queue ? 0 : copied(s, &s->last, out);
}

/* Send the packet with this 16-bit number again, in the same bytes. Returns as above. */
int fanout_stream_repeat(struct stream *s, uint32_t number, uint8_t *out) {
    struct entry *e = &s->entries[number & (s->slots - 1)];
    const uint8_t *packet = packet_of(s, e);
    uint64_t rate = s->sent_bytes > s->sent_last_second ? s->sent_bytes : s->sent_last_second;
    if (!packet || (e->index & 0xFFFF) != number || e->repeats >= MAX_REPEATS ||
        s->repeated_bytes + e->size > REPEAT_FLOOR + rate / 5)
        return -1;
    e->repeats++;
    s->repeated_bytes += e->size;
    if (!s->srtp->way.queue)
        return copied(s, e, out);
    enqueue(&s->srtp->way, (uint8_t *)packet, e->size);
    return 0;
}

void fanout_stream_second(struct stream *s) {
    s->sent_last_second = s->sent_bytes;
    s->sent_bytes = s->repeated_bytes = 0;
}

/* Where Python reads and writes the lane. */
struct lane *fanout_stream_lane(struct stream *s) {
    return &s->lane;
}

/* The packet at hand, as Python parsed it. Filled in by Python. */
struct incoming {
    int64_t number, picture;       /* unwrapped; picture -1: not said */
    double arrived_s;
    uint32_t timestamp, start, end, primary;   /* places of the payload */
    uint32_t descriptor_end, level_zero_at, picture_bits;
    int32_t layer, temporal, level_zero;
    uint32_t marker, level, codec, key, video;
};

/* Does the packet simply follow the one before? */
static int follows(const struct stream *s, const struct incoming *in) {
    const struct lane *lane = &s->lane;
    if (in->number != lane->next)
        return 0;
    if (!in->video || in->picture < 0 || in->picture == lane->picture)
        return 1;
    return in->picture == lane->picture + 1 && in->temporal <= lane->temporal;
}

/* Returns the bytes of the payload, -1 if the packet could not be sent. */
static int forward_video(struct stream *s, const struct incoming *in, const uint8_t *packet) {
    struct lane *lane = &s->lane;
    uint8_t descriptor[8];
    uint32_t size = in->descriptor_end - in->start;
    memcpy(descriptor, packet + in->start, size);
    if (in->picture >= 0) {
        uint64_t picture = (uint64_t)(in->picture + lane->picture_offset);
        int64_t level_zero = in->level_zero + lane->level_zero_shift;
        if (in->picture_bits == 15)
            put(descriptor + 2, 0x8000 | (picture & 0x7FFF), 2);
        else
            descriptor[2] = picture & 0x7F;
        if (in->level_zero >= 0)
            descriptor[in->level_zero_at] = (uint8_t)level_zero;
        lane->picture = in->picture;
        lane->level_zero = level_zero;
    }
    struct payload payload = {descriptor, packet + in->descriptor_end, size,
                              in->end - in->descriptor_end};
    return emit(s, in->marker | s->types[in->codec], in->number + lane->offset,
                in->timestamp + lane->shift, SILENT, &payload)
               ? (int)(in->end - in->start)
               : -1;
}

static int forward_audio(struct stream *s, const struct incoming *in, const uint8_t *packet) {
    struct lane *lane = &s->lane;
    uint32_t type = s->types[in->codec], start = in->start;
    if (!type) {
        type = s->types[OPUS];
        start = in->primary;
    }
    struct payload payload = {packet + start, packet, in->end - start, 0};
    return emit(s, in->marker | type, in->number + lane->offset, in->timestamp + lane->shift,
                in->level, &payload)
               ? (int)(in->end - start)
               : -1;
}

/* Forward to all streams of a track that simply follow; the places of the others are written to
 * others. Returns how many those are. packet holds in->end bytes. */
uint32_t fanout_forward(struct stream *const *streams, uint32_t count, const struct incoming *in,
                        const uint8_t *packet, uint32_t *others) {
    uint32_t left = 0;
    for (uint32_t i = 0; i < count; i++) {
        struct stream *s = streams[i];
        struct lane *lane = &s->lane;
        if (lane->following && lane->layer != in->layer && !in->key)
            continue;
        if (!lane->following || lane->layer != in->layer || !s->srtp->way.queue ||
            !follows(s, in)) {
            others[left++] = i;
            continue;
        }
        int went = in->video ? forward_video(s, in, packet) : forward_audio(s, in, packet);
        lane->next++;
        lane->taken++;
        if (went < 0) {
            lane->dropped++;
            continue;
        }
        lane->packets++;
        lane->octets += went;
        lane->timestamp = (int64_t)(uint32_t)(in->timestamp + lane->shift);
        lane->arrived_s = in->arrived_s;
    }
    return left;
}

/* Raised whenever a function or a struct above changes; Python refuses another. */
uint32_t fanout_version(void) {
    return 2;
}
