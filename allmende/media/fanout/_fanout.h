/* What the parts of the library share: packets to many, under OCB2-AES128 of Mumble (spec voice,
 * 5.1 and 12) and under SRTP with AES-128-GCM.
 *
 * A plain shared library that Python loads by ctypes, which releases the GIL around each call.
 * All cryptography is libcrypto's EVP: a context is made once and gets its key once. Nothing is
 * allocated for a packet. One thread at a time may be in one object.
 */
#define _GNU_SOURCE
#include <endian.h>
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
    ADDRESS_BYTES = 28,    /* struct sockaddr_in6, the larger one */
    PKTINFO_BYTES = 20,    /* struct in6_pktinfo, the larger one */
};

/* For the other parts, not for Python. */
#define PRIVATE __attribute__((visibility("hidden")))

/* Write a number, its highest byte first. */
static inline void put(uint8_t *at, uint64_t value, int bytes) {
    for (int i = bytes - 1; i >= 0; i--, value >>= 8)
        at[i] = (uint8_t)value;
}

/* --- _ocb2.c ------------------------------------------------------------------------------ */

/* Sixteen bytes as one big-endian number. */
typedef struct {
    uint64_t high, low;
} block_t;

/* A packet for many, disarmed; what is the same for all of them is done once. */
struct text {
    block_t blocks[MAX_BLOCKS], checksum;
    int before;                 /* blocks before the last one, which may be short or empty */
    size_t size, rest;          /* rest: bytes of the last block */
    uint8_t tail[BLOCK];
};

struct crypt;

PRIVATE void text_of(struct text *text, const uint8_t *plain, size_t size);
/* Write HEAD + text->size bytes. Returns 0 if libcrypto failed. */
PRIVATE int seal(struct crypt *c, const struct text *text, uint8_t *out);
/* Decrypt, and forget it. Returns the size, -1 if it is not from this key, came before or is
 * damaged. nonce is that of the packet, for `opened`, which counts it. */
PRIVATE int probe(struct crypt *c, const uint8_t *in, size_t size, uint8_t *nonce, uint8_t *out);
PRIVATE void opened(struct crypt *c, const uint8_t *nonce);

/* --- _sending.c --------------------------------------------------------------------------- */

/* Where datagrams to one client go, and from which address of ours. Filled in by Python. */
struct route {
    uint8_t address[ADDRESS_BYTES];
    uint8_t pktinfo[PKTINFO_BYTES];
    uint32_t address_bytes, pktinfo_bytes;  /* pktinfo_bytes 0: the kernel chooses */
};

struct group;
struct queue;

int fanout_group_send(struct group *g, const uint8_t *plain, const uint32_t *sizes,
                      uint32_t variants, const struct crypt *skip);

/* How packets to one leg leave: by a queue, to a route. */
struct way {
    struct queue *queue;    /* NULL: packets do not leave by UDP */
    struct route route;
    uint64_t turn;          /* of the queue, when message was the newest of this way; else 0 */
    uint32_t message;
};

/* Let a packet wait until the turn ends; its bytes have to stay until then. */
PRIVATE void enqueue(struct way *way, uint8_t *packet, size_t size);
