/* Packets to many: OCB2-AES128 of Mumble (spec voice, 5.1 and 12) and SRTP under AES-128-GCM.
 *
 * A plain shared library that Python loads by ctypes, which releases the GIL around each call.
 * All cryptography is libcrypto's EVP: a context is made once and gets its key once. Nothing is
 * allocated for a packet. One thread at a time may be in one object.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

/* The stable part of libcrypto that is used here, so that its headers need not be installed. */
typedef struct evp_cipher_ctx_st EVP_CIPHER_CTX;
typedef struct evp_cipher_st EVP_CIPHER;
typedef struct engine_st ENGINE;
EVP_CIPHER_CTX *EVP_CIPHER_CTX_new(void);
void EVP_CIPHER_CTX_free(EVP_CIPHER_CTX *);
int EVP_CIPHER_CTX_set_padding(EVP_CIPHER_CTX *, int);
int EVP_CIPHER_CTX_ctrl(EVP_CIPHER_CTX *, int, int, void *);
const EVP_CIPHER *EVP_aes_128_ecb(void);
const EVP_CIPHER *EVP_aes_128_gcm(void);
int EVP_EncryptInit_ex(EVP_CIPHER_CTX *, const EVP_CIPHER *, ENGINE *, const unsigned char *,
                       const unsigned char *);
int EVP_DecryptInit_ex(EVP_CIPHER_CTX *, const EVP_CIPHER *, ENGINE *, const unsigned char *,
                       const unsigned char *);
int EVP_EncryptUpdate(EVP_CIPHER_CTX *, unsigned char *, int *, const unsigned char *, int);
int EVP_EncryptFinal_ex(EVP_CIPHER_CTX *, unsigned char *, int *);
int EVP_DecryptUpdate(EVP_CIPHER_CTX *, unsigned char *, int *, const unsigned char *, int);
void OPENSSL_cleanse(void *, size_t);

enum {
    BLOCK = 16,
    HEAD = 4,              /* low byte of the nonce, three bytes of the tag */
    MAX_PLAIN = 1020,
    MAX_DATAGRAM = MAX_PLAIN + HEAD,
    MAX_BLOCKS = MAX_PLAIN / BLOCK + 1,
    LATE = 29,             /* how far behind the newest a packet may come */
    NEVER = -1,
    ADDRESS_BYTES = 28,    /* struct sockaddr_in6, the larger one */
    PKTINFO_BYTES = 20,    /* struct in6_pktinfo, the larger one */
};

/* --- OCB2 ------------------------------------------------------------------------------- */

/* Sixteen bytes as one big-endian number. */
typedef struct {
    uint64_t high, low;
} block_t;

static block_t load(const uint8_t *bytes) {
    block_t b = {0, 0};
    for (int i = 0; i < 8; i++) {
        b.high = b.high << 8 | bytes[i];
        b.low = b.low << 8 | bytes[8 + i];
    }
    return b;
}

static void store(uint8_t *bytes, block_t b) {
    for (int i = 7; i >= 0; i--, b.high >>= 8, b.low >>= 8) {
        bytes[i] = (uint8_t)b.high;
        bytes[8 + i] = (uint8_t)b.low;
    }
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

static int tag_of(struct crypt *c, block_t delta, block_t checksum, uint8_t *tag) {
    store(tag, sum(sum(delta, twice(delta)), checksum));
    return seal_blocks(c, tag, 1);
}

/* Against the attack of IACR ePrint 2019/311 (9): a packet whose second to last block is zero in
 * its first 15 bytes, as silence is, goes out with one bit of that block changed. */
static void disarm(uint8_t *plain, size_t size) {
    int before = before_last(size);
    if (!before)
        return;
    uint8_t *block = plain + BLOCK * (before - 1), any = 0;
    for (int i = 0; i < BLOCK - 1; i++)
        any |= block[i];
    if (!any)
        block[0] ^= 1;
}

/* Write HEAD + size bytes. The plain text is disarmed already. Returns 0 if libcrypto failed. */
static int seal(struct crypt *c, const uint8_t *plain, size_t size, uint8_t *out) {
    uint8_t work[BLOCK * MAX_BLOCKS], tag[BLOCK];
    block_t deltas[MAX_BLOCKS], checksum = {0, 0}, delta;
    int before = before_last(size);
    size_t rest = size - (size_t)BLOCK * before;
    const uint8_t *tail = plain + BLOCK * before;

    for (int i = 0; i < BLOCK && ++c->sent[i] == 0; i++)
        ;
    memcpy(work, c->sent, BLOCK);
    if (!seal_blocks(c, work, 1))
        return 0;
    delta = load(work);
    for (int i = 0; i < before; i++) {
        block_t block = load(plain + BLOCK * i);
        deltas[i] = delta = twice(delta);
        checksum = sum(checksum, block);
        store(work + BLOCK * i, sum(block, delta));
    }
    delta = twice(delta);
    uint8_t *pad = work + BLOCK * before;
    store(pad, sum(delta, bits(rest)));
    if (!seal_blocks(c, work, before + 1))
        return 0;
    for (int i = 0; i < before; i++)
        store(out + HEAD + BLOCK * i, sum(load(work + BLOCK * i), deltas[i]));
    uint8_t *end = out + HEAD + BLOCK * before;
    for (size_t i = 0; i < rest; i++) {
        end[i] = tail[i] ^ pad[i];
        pad[i] = tail[i];
    }
    if (!tag_of(c, delta, sum(checksum, load(pad)), tag))
        return 0;
    out[0] = c->sent[0];
    memcpy(out + 1, tag, HEAD - 1);
    return 1;
}

/* Returns the size of the datagram, -1 if the packet is too long or libcrypto failed. */
int fanout_seal(struct crypt *c, const uint8_t *plain, size_t size, uint8_t *out) {
    uint8_t copy[MAX_PLAIN];
    if (size > MAX_PLAIN)
        return -1;
    memcpy(copy, plain, size);
    disarm(copy, size);
    return seal(c, copy, size, out) ? (int)size + HEAD : -1;
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
    if (!tag_of(c, delta, sum(checksum, last), tag))
        return 0;
    uint8_t wrong = 0;
    for (int i = 0; i < HEAD - 1; i++)
        wrong |= tag[i] ^ in[1 + i];
    return !wrong;
}

/* Add to a little-endian number; by is -128 to 127. */
static void advance(uint8_t *nonce, int by) {
    for (int i = 0; i < BLOCK && by; i++) {
        by += nonce[i];
        nonce[i] = (uint8_t)by;
        by = by > 255 ? 1 : by < 0 ? -1 : 0;
    }
}

/* Returns the size of the packet, -1 if it is not from this key, came before or is damaged. */
int fanout_open(struct crypt *c, const uint8_t *in, size_t size, uint8_t *out) {
    if (size <= HEAD || size > MAX_DATAGRAM)
        return -1;
    int ahead = (int8_t)(uint8_t)(in[0] - c->heard[0]);
    uint8_t nonce[BLOCK];
    if (ahead == 0 || ahead < -LATE)
        return -1;
    memcpy(nonce, c->heard, BLOCK);
    advance(nonce, ahead);
    if (c->seen[nonce[0]] == nonce[1])
        return -1;
    if (!open_with(c, nonce, in, size - HEAD, out))
        return -1;
    c->seen[nonce[0]] = nonce[1];
    c->counts[GOOD]++;
    if (ahead < 0) {
        c->counts[LATE_ONES]++;
        if (c->counts[LOST])
            c->counts[LOST]--;
    } else {
        memcpy(c->heard, nonce, BLOCK);
        c->counts[LOST] += ahead - 1;
    }
    return (int)size - HEAD;
}

/* --- sending to many ---------------------------------------------------------------------- */

/* Where datagrams to one client go, and from which address of ours. Filled in by Python. */
struct route {
    uint8_t address[ADDRESS_BYTES];
    uint8_t pktinfo[PKTINFO_BYTES];
    uint32_t address_bytes, pktinfo_bytes;  /* pktinfo_bytes 0: the kernel chooses */
};

union control {
    struct cmsghdr header;
    uint8_t bytes[CMSG_SPACE(PKTINFO_BYTES) + CMSG_SPACE(sizeof(uint16_t))];
};

static void aim(struct msghdr *message, union control *control, struct route *route,
                struct iovec *content) {
    memset(message, 0, sizeof *message);
    memset(control, 0, sizeof *control);
    message->msg_name = route->address;
    message->msg_namelen = route->address_bytes;
    message->msg_iov = content;
    message->msg_iovlen = 1;
    if (!route->pktinfo_bytes)
        return;
    int is_v4 = route->pktinfo_bytes == sizeof(struct in_pktinfo);
    message->msg_control = control;
    message->msg_controllen = CMSG_SPACE(route->pktinfo_bytes);
    struct cmsghdr *header = CMSG_FIRSTHDR(message);
    header->cmsg_level = is_v4 ? IPPROTO_IP : IPPROTO_IPV6;
    header->cmsg_type = is_v4 ? IP_PKTINFO : IPV6_PKTINFO;
    header->cmsg_len = CMSG_LEN(route->pktinfo_bytes);
    memcpy(CMSG_DATA(header), route->pktinfo, route->pktinfo_bytes);
}

/* Send all; one that cannot be sent is left out, a full buffer or a closed socket ends it. Returns
 * how many went. */
static size_t send_all(int fd, struct mmsghdr *messages, size_t count, int *full) {
    size_t next = 0, sent = 0;
    while (next < count) {
        int went = sendmmsg(fd, messages + next, (unsigned)(count - next), MSG_DONTWAIT);
        if (went > 0) {
            next += (size_t)went;
            sent += (size_t)went;
        } else if (errno == EAGAIN || errno == EWOULDBLOCK || errno == ENOBUFS ||
                   errno == EBADF) {
            *full = 1;
            break;
        } else if (errno != EINTR) {
            next++;
        }
    }
    return sent;
}

struct member {
    struct crypt *crypt;
    struct route route;
    uint32_t variant;
};

struct group {
    int fd;
    size_t count;
    struct member *members;
    struct mmsghdr *messages;
    struct iovec *contents;
    union control *controls;
    uint8_t *datagrams;
    uint64_t dropped;
};

struct group *fanout_group_new(int fd) {
    struct group *g = calloc(1, sizeof *g);
    if (g)
        g->fd = fd;
    return g;
}

static void forget_members(struct group *g) {
    free(g->members);
    free(g->messages);
    free(g->contents);
    free(g->controls);
    free(g->datagrams);
    *g = (struct group){.fd = g->fd, .dropped = g->dropped};
}

void fanout_group_free(struct group *g) {
    if (!g)
        return;
    forget_members(g);
    free(g);
}

/* Best in the order of their variants. Returns 0 if there is no memory; then nobody is in it. */
int fanout_group_set(struct group *g, const struct member *members, size_t count) {
    forget_members(g);
    if (!count)
        return 1;
    g->members = calloc(count, sizeof *g->members);
    g->messages = calloc(count, sizeof *g->messages);
    g->contents = calloc(count, sizeof *g->contents);
    g->controls = calloc(count, sizeof *g->controls);
    g->datagrams = calloc(count, MAX_DATAGRAM);
    if (!g->members || !g->messages || !g->contents || !g->controls || !g->datagrams) {
        forget_members(g);
        return 0;
    }
    memcpy(g->members, members, count * sizeof *members);
    g->count = count;
    for (size_t i = 0; i < count; i++)
        aim(&g->messages[i].msg_hdr, &g->controls[i], &g->members[i].route, &g->contents[i]);
    return 1;
}

uint64_t fanout_group_dropped(const struct group *g) {
    return g->dropped;
}

static void send_some(struct group *g, size_t first, size_t end, int *sent, int *full) {
    if (first == end)
        return;
    size_t went = send_all(g->fd, g->messages + first, end - first, full);
    g->dropped += end - first - went;
    *sent += (int)went;
}

/* Encrypt for all but skip and send: each run of members without a gap is one call of the kernel,
 * and when its buffer is full the rest gets nothing. The variants stand one after the other in plain; one of
 * size 0 is for nobody. Returns how many datagrams went out. */
int fanout_group_send(struct group *g, const uint8_t *plain, const uint32_t *sizes,
                      uint32_t variants, const struct crypt *skip) {
    uint8_t *free_bytes = g->datagrams, current[MAX_PLAIN];
    uint32_t ready = UINT32_MAX;
    size_t first = 0;
    int sent = 0, full = 0;
    for (size_t i = 0; i < g->count; i++) {
        struct member *m = &g->members[i];
        uint32_t size = m->variant < variants ? sizes[m->variant] : 0;
        if (m->crypt == skip || size == 0 || size > MAX_PLAIN) {
            send_some(g, first, i, &sent, &full);
            first = i + 1;
            continue;
        }
        if (full) {
            g->dropped++;
            first = i + 1;
            continue;
        }
        if (ready != m->variant) {
            const uint8_t *from = plain;
            for (uint32_t v = 0; v < m->variant; v++)
                from += sizes[v];
            memcpy(current, from, size);
            disarm(current, size);
            ready = m->variant;
        }
        if (!seal(m->crypt, current, size, free_bytes)) {
            g->dropped++;
            send_some(g, first, i, &sent, &full);
            first = i + 1;
            continue;
        }
        g->contents[i] = (struct iovec){free_bytes, size + HEAD};
        free_bytes += size + HEAD;
    }
    send_some(g, first, g->count, &sent, &full);
    return sent;
}

/* --- protected packets, kept for a second ---------------------------------------------- */

enum {
    CHUNK_BYTES = 256 * 1024,
    MAX_CHUNKS = 256,
    FORGET_CHUNK_S = 10,
    MAX_RTP = 1356,         /* as pylibsrtp has it; without the tag */
    TAG_BYTES = 16,
    SALT_BYTES = 12,
    GET_TAG = 0x10,         /* EVP_CTRL_AEAD_GET_TAG */
    WINDOW = 512,           /* how far back an outgoing number may be used */
    QUEUED = 64,
    TOGETHER = 16,          /* packets of one message */
    UDP_LEVEL = 17,         /* SOL_UDP and UDP_SEGMENT of linux/udp.h */
    SEGMENT = 103,
    MAX_HEADER = 320,
    MAX_REPEATS = 3,
    REPEAT_FLOOR = 8000,
    CODECS = 5,
    OPUS = 1,
    SILENT = 127,
};

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

/* --- what leaves by one socket --------------------------------------------------------- */

/* Packets of one size to one leg are one message, which the kernel or the network card cuts again
 * (UDP_SEGMENT, Linux 4.18): most of the cost of a packet is that of its message. */
struct queue {
    int fd, segments;       /* segments 0: the way out cannot cut */
    uint32_t count;
    uint64_t turn, sent, dropped;
    struct mmsghdr messages[QUEUED];
    struct iovec contents[QUEUED][TOGETHER];
    union control controls[QUEUED];
    struct route routes[QUEUED];
};

struct queue *fanout_queue_new(int fd) {
    struct queue *q = calloc(1, sizeof *q);
    if (q) {
        q->fd = fd;
        q->segments = 1;
        q->turn = 1;
    }
    return q;
}

void fanout_queue_free(struct queue *q) {
    free(q);
}

/* Let the kernel cut what the message holds into packets of that size. */
static void cut(struct msghdr *message, union control *control, uint16_t size) {
    struct cmsghdr *header = (struct cmsghdr *)(control->bytes + message->msg_controllen);
    header->cmsg_level = UDP_LEVEL;
    header->cmsg_type = SEGMENT;
    header->cmsg_len = CMSG_LEN(sizeof size);
    memcpy(CMSG_DATA(header), &size, sizeof size);
    message->msg_control = control;
    message->msg_controllen += CMSG_SPACE(sizeof size);
}

/* Send the packets of a message one by one, since together they did not go. */
static void send_apart(struct queue *q, struct msghdr *message) {
    struct iovec *parts = message->msg_iov;
    size_t count = message->msg_iovlen, went = 0;
    message->msg_controllen -= CMSG_SPACE(sizeof(uint16_t));
    message->msg_iovlen = 1;
    for (size_t i = 0; i < count; i++) {
        message->msg_iov = parts + i;
        went += sendmsg(q->fd, message, MSG_DONTWAIT) >= 0;
    }
    if (went)
        q->segments = 0;
    q->sent += went;
    q->dropped += count - went;
}

static void send_queue(struct queue *q) {
    uint32_t next = 0;
    while (next < q->count) {
        int went = sendmmsg(q->fd, q->messages + next, q->count - next, MSG_DONTWAIT);
        struct msghdr *message = &q->messages[next].msg_hdr;
        if (went > 0) {
            for (int i = 0; i < went; i++)
                q->sent += q->messages[next++].msg_hdr.msg_iovlen;
        } else if (errno == EAGAIN || errno == EWOULDBLOCK || errno == ENOBUFS) {
            for (; next < q->count; next++)
                q->dropped += q->messages[next].msg_hdr.msg_iovlen;
        } else if (errno != EINTR) {
            if (message->msg_iovlen > 1)
                send_apart(q, message);
            else
                q->dropped++;
            next++;
        }
    }
}

/* Send what waits. Returns how many packets went out since it was last asked. */
uint64_t fanout_queue_flush(struct queue *q) {
    if (q->count) {
        send_queue(q);
        q->count = 0;
        q->turn++;
    }
    uint64_t sent = q->sent;
    q->sent = 0;
    return sent;
}

uint64_t fanout_queue_dropped(const struct queue *q) {
    return q->dropped;
}

/* --- SRTP with AES-128-GCM, RFC 3711 and RFC 7714 --------------------------------------- */

/* All that goes to one leg. number: the newest transport-wide one. */
struct srtp {
    EVP_CIPHER_CTX *gcm;
    uint8_t salt[SALT_BYTES];
    struct store *store;
    struct queue *queue;    /* NULL: packets do not leave by UDP */
    struct route route;
    uint64_t turn;          /* of the queue, when message was the newest of this leg; else 0 */
    uint32_t message;
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
    srtp->queue = queue;
    srtp->turn = 0;
    if (queue)
        srtp->route = *route;
}

/* Only the last packet of a message may be smaller than the first. */
static int joined(struct srtp *srtp, uint8_t *packet, size_t size) {
    struct queue *q = srtp->queue;
    if (!q->segments || srtp->turn != q->turn)
        return 0;
    struct msghdr *message = &q->messages[srtp->message].msg_hdr;
    struct iovec *parts = q->contents[srtp->message];
    if (message->msg_iovlen == TOGETHER || size > parts[0].iov_len)
        return 0;
    if (message->msg_iovlen == 1)
        cut(message, &q->controls[srtp->message], (uint16_t)parts[0].iov_len);
    parts[message->msg_iovlen++] = (struct iovec){packet, size};
    if (size < parts[0].iov_len)
        srtp->turn = 0;
    return 1;
}

static void enqueue(struct srtp *srtp, uint8_t *packet, size_t size) {
    struct queue *q = srtp->queue;
    if (joined(srtp, packet, size))
        return;
    if (q->count == QUEUED)
        q->sent = fanout_queue_flush(q);
    uint32_t i = q->count++;
    q->routes[i] = srtp->route;
    q->contents[i][0] = (struct iovec){packet, size};
    aim(&q->messages[i].msg_hdr, &q->controls[i], &q->routes[i], q->contents[i]);
    srtp->turn = q->turn;
    srtp->message = i;
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

static void put(uint8_t *at, uint64_t value, int bytes) {
    for (int i = bytes - 1; i >= 0; i--, value >>= 8)
        at[i] = (uint8_t)value;
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
    if (srtp->queue)
        enqueue(srtp, packet, size);
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
    return s->srtp->queue ? 0 : copied(s, &s->last, out);
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
    if (!s->srtp->queue)
        return copied(s, e, out);
    enqueue(s->srtp, (uint8_t *)packet, e->size);
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
        if (!lane->following || lane->layer != in->layer || !s->srtp->queue || !follows(s, in)) {
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
    return 1;
}
