/* Sound that simply goes on: from the socket to all who hear it, without Python. */
#include "_fanout.h"

enum {
    A_TURN = 64,            /* datagrams */
    MIN_OPUS = 3,
    MAX_OPUS = 1000,
    POSITION = 12,
    LEGACY_OPUS = 4 << 5,   /* first bytes: legacy sound to all, protobuf sound */
    PROTOBUF_SOUND = 0,
    LEGACY_LAST = 0x2000,
    TARGET = 0x08,          /* fields of MumbleUDP.Audio */
    FRAME = 0x20,
    SOUND = 0x2A,
    MAX_AHEAD = 63,
    OVERHEAD = 32,
    PIECES = 20,
    FORMS = 2,
    SOCKETS = 4,
};

/* A talker, by the socket and the address the packets come from. Python lets it run as long as
 * all that decides about rights and hearers is as it was; a spurt's state is here for both. */
struct run {
    struct crypt *crypt;
    struct group *groups[SOCKETS];  /* who hears it; NULL: no more */
    int64_t opened;                 /* by Python, at this count of changes */
    int64_t next_frame, packets;
    uint64_t seen[2];               /* frames before next_frame: a bit each, the newest lowest */
    double heard_s, good_s;
    int64_t allowed, spent, turn;   /* bytes of a sliding second, by pieces of 50 ms */
    int64_t pieces[PIECES];
    uint8_t address[ADDRESS_BYTES];
    uint8_t heads[FORMS][8];        /* what packets to clients begin with, by form */
    uint32_t head_bytes[FORMS];     /* 0: nobody reads that form */
};

struct sound {
    uint64_t frame, size;
    const uint8_t *opus;
};

/* Read a number of legacy form; 0 if it is cut off, or of more than 32 bits. */
static int number(const uint8_t **at, const uint8_t *end, uint64_t *value) {
    if (*at == end)
        return 0;
    uint8_t first = *(*at)++;
    int more = first < 0x80 ? 0 : first < 0xC0 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
    if (first > 0xF0 || end - *at < more)
        return 0;
    for (*value = first & 0x7F >> more; more; more--)
        *value = *value << 8 | *(*at)++;
    return 1;
}

/* The same of a field of protocol buffers, with this key. */
static int field(const uint8_t **at, const uint8_t *end, uint8_t key, uint64_t *value) {
    if (*at == end || *(*at)++ != key)
        return 0;
    *value = 0;
    for (int bits = 0; bits < 35 && *at < end; bits += 7) {
        uint8_t byte = *(*at)++;
        *value |= (uint64_t)(byte & 0x7F) << bits;
        if (byte < 0x80)
            return *value <= UINT32_MAX;
    }
    return 0;
}

/* Read plain sound to all, that is not the last of its spurt. Returns 0 for all else. */
static int read_sound(const uint8_t *packet, size_t size, struct sound *s) {
    const uint8_t *at = packet + 1, *end = packet + size;
    uint64_t beyond = 0;
    if (packet[0] == LEGACY_OPUS) {
        if (!number(&at, end, &s->frame) || !number(&at, end, &s->size) || s->size >= LEGACY_LAST)
            return 0;
        beyond = (uint64_t)(end - at) - s->size;
    } else if (packet[0] == PROTOBUF_SOUND) {
        if (end - at > 2 && at[0] == TARGET && !at[1])
            at += 2;
        if (!field(&at, end, FRAME, &s->frame) || !field(&at, end, SOUND, &s->size) ||
            s->size != (uint64_t)(end - at))
            return 0;
    } else {
        return 0;
    }
    s->opus = at;
    return (!beyond || beyond == POSITION) && s->size >= MIN_OPUS && s->size <= MAX_OPUS;
}

/* Returns how long Opus sounds, in 10 ms (RFC 6716, 3.1); 0 for what clients do not play. */
static int duration(const uint8_t *opus) {
    int set = opus[0] >> 3, code = opus[0] & 3;
    int frames = code == 3 ? opus[1] & 0x3F : code ? 2 : 1;
    int one = set >= 16 ? 1 << (set & 3) : set >= 12 ? 4 << (set & 1) : "\4\10\20\30"[set & 3];
    int all = one * frames;
    return all == 4 || all == 8 || all == 16 || all == 24 ? all / 4 : 0;
}

static uint8_t *put_number(uint8_t *at, uint64_t value) {
    int more = value < 1 << 7 ? 0 : value < 1 << 14 ? 1 : value < 1 << 21 ? 2 : value < 1 << 28 ? 3 : 4;
    put(at, value | (uint64_t)(0xFF00 >> more & 0xFF) << 8 * more, more + 1);
    return at + more + 1;
}

static uint8_t *put_field(uint8_t *at, uint8_t key, uint64_t value) {
    for (*at++ = key; value >= 0x80; value >>= 7)
        *at++ = (uint8_t)(value | 0x80);
    *at++ = (uint8_t)value;
    return at;
}

/* Count bytes of the sliding second, as Python's Budget does; 0: too many, nothing was counted. */
static int admits(struct run *r, int64_t bytes, double now_s) {
    int64_t turn = (int64_t)(now_s / (1.0 / PIECES));
    if (turn < r->turn)
        return 0;
    if (r->turn < turn - PIECES)
        r->turn = turn - PIECES;
    while (r->turn < turn) {
        int64_t *piece = &r->pieces[++r->turn % PIECES];
        r->spent -= *piece;
        *piece = 0;
    }
    if (r->spent + bytes > r->allowed)
        return 0;
    r->pieces[turn % PIECES] += bytes;
    r->spent += bytes;
    return 1;
}

/* Returns 0 for a packet that Python has to decide about; then nothing was changed. */
static int go_on(struct run *r, const uint8_t *datagram, size_t size, double now_s) {
    uint8_t packet[MAX_DATAGRAM], nonce[BLOCK], plain[FORMS * MAX_DATAGRAM], *at = plain;
    struct sound s;
    int bytes = probe(r->crypt, datagram, size, nonce, packet);
    if (bytes <= 0 || !read_sound(packet, (size_t)bytes, &s))
        return 0;
    int units = duration(s.opus), ahead = (int)((int64_t)s.frame - r->next_frame) + units;
    if (!units || (int64_t)s.frame < r->next_frame || ahead > MAX_AHEAD || !s.frame ||
        (int64_t)s.frame > r->next_frame + MAX_AHEAD || !admits(r, bytes + OVERHEAD, now_s))
        return 0;
    opened(r->crypt, nonce);
    r->packets++;
    r->heard_s = r->good_s = now_s;
    r->next_frame += ahead;
    r->seen[1] = r->seen[1] << ahead | r->seen[0] >> (64 - ahead);
    r->seen[0] = r->seen[0] << ahead | 1;
    uint32_t sizes[FORMS] = {0};
    for (int form = 0; form < FORMS; form++) {
        uint8_t *begin = at;
        if (!r->head_bytes[form])
            continue;
        memcpy(at, r->heads[form], r->head_bytes[form]);
        at += r->head_bytes[form];
        at = form ? put_field(at, FRAME, s.frame) : put_number(at, s.frame);
        at = form ? put_field(at, SOUND, s.size) : put_number(at, s.size);
        memcpy(at, s.opus, s.size);
        at += s.size;
        sizes[form] = (uint32_t)(at - begin);
    }
    for (int i = 0; i < SOCKETS && r->groups[i]; i++)
        fanout_group_send(r->groups[i], plain, sizes, FORMS, r->crypt);
    return 1;
}

/* Take from the socket what simply goes on. Returns 1 if something else is the next there: it was
 * only looked at. */
int fanout_express(int fd, struct run *const *runs, uint32_t count, int64_t changes, double now_s) {
    uint8_t datagram[MAX_DATAGRAM + 1];
    for (int left = A_TURN; left; left--) {
        uint8_t address[ADDRESS_BYTES] = {0};
        socklen_t address_bytes = sizeof address;
        ssize_t size = recvfrom(fd, datagram, sizeof datagram, MSG_PEEK | MSG_DONTWAIT,
                                (struct sockaddr *)address, &address_bytes);
        if (size < 0)
            return errno != EAGAIN && errno != EWOULDBLOCK;
        uint32_t i = 0;
        while (i < count && memcmp(runs[i]->address, address, sizeof address))
            i++;
        if (i == count || runs[i]->opened != changes ||
            !go_on(runs[i], datagram, (size_t)size, now_s))
            return 1;
        recv(fd, datagram, 0, MSG_DONTWAIT);
    }
    return 0;
}
