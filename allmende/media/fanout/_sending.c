/* What leaves by a socket: datagrams to groups of native clients, packets to legs. */
#include "_fanout.h"

enum {
    QUEUED = 64,
    TOGETHER = 16,          /* packets of one message */
    UDP_LEVEL = 17,         /* SOL_UDP and UDP_SEGMENT of linux/udp.h */
    SEGMENT = 103,
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
 * and when its buffer is full the rest gets nothing. The variants stand one after the other in
 * plain; one of size 0 is for nobody. Returns how many datagrams went out. */
int fanout_group_send(struct group *g, const uint8_t *plain, const uint32_t *sizes,
                      uint32_t variants, const struct crypt *skip) {
    uint8_t *free_bytes = g->datagrams;
    struct text text;
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
            text_of(&text, from, size);
            ready = m->variant;
        }
        if (!seal(m->crypt, &text, free_bytes)) {
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

/* --- a turn of packets to legs -------------------------------------------------------- */

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

/* Only the last packet of a message may be smaller than the first. */
static int joined(struct way *way, uint8_t *packet, size_t size) {
    struct queue *q = way->queue;
    if (!q->segments || way->turn != q->turn)
        return 0;
    struct msghdr *message = &q->messages[way->message].msg_hdr;
    struct iovec *parts = q->contents[way->message];
    if (message->msg_iovlen == TOGETHER || size > parts[0].iov_len)
        return 0;
    if (message->msg_iovlen == 1)
        cut(message, &q->controls[way->message], (uint16_t)parts[0].iov_len);
    parts[message->msg_iovlen++] = (struct iovec){packet, size};
    if (size < parts[0].iov_len)
        way->turn = 0;
    return 1;
}

void enqueue(struct way *way, uint8_t *packet, size_t size) {
    struct queue *q = way->queue;
    if (joined(way, packet, size))
        return;
    if (q->count == QUEUED)
        q->sent = fanout_queue_flush(q);
    uint32_t i = q->count++;
    q->routes[i] = way->route;
    q->contents[i][0] = (struct iovec){packet, size};
    aim(&q->messages[i].msg_hdr, &q->controls[i], &q->routes[i], q->contents[i]);
    way->turn = q->turn;
    way->message = i;
}
