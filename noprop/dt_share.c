/* The blocks of NoProp-DT in several processes. A block's update reads the batch, the
 * embeddings and the block; its draws follow from the step and the block. So a process may
 * train some of the blocks and never hear of the others, as long as no block moves the
 * embeddings. The joint part, which is small, is trained in every process, to the same
 * bits. */
#include "noprop/dt.h"

/* The first block of share k, from 0: shares differ by one block at most. */
static int first_block(const struct noprop_dt *dt, int k, int n)
{
    return (int)((long)k * dt->blocks / n);
}

enum status dt_take_share(struct noprop_dt *dt, struct share share, struct error *err)
{
    dt->own = 0;
    dt->own_end = dt->blocks;
    if (share.n < 2)
        return OK;
    if (dt->model.trained && dt->model.flow == FLOW_ALL)
        return error_set(err, ERR_USAGE,
                         "every block trains the embeddings, so blocks cannot be trained "
                         "apart; write embedding: one-hot, flow: head or flow: none");
    if (share.n > dt->blocks)
        return error_set(err, ERR_USAGE, "%d blocks cannot be trained in %d processes",
                         dt->blocks, share.n);
    dt->own = first_block(dt, share.k, share.n);
    dt->own_end = first_block(dt, share.k + 1, share.n);
    return OK;
}

int dt_pieces(const void *self, struct share share, struct vec piece[SHARE_PIECES])
{
    const struct noprop_dt *dt = self;
    const struct model *model = &dt->model;
    int first = first_block(dt, share.k, share.n);
    size_t n = (size_t)(first_block(dt, share.k + 1, share.n) - first);

    piece[0] =
        (struct vec){model_block(model, first + 1).data, n * model->block.n_weight};
    piece[1] = (struct vec){model_state(model, first + 1), n * model->block.n_state};
    return model->block.n_state > 0 ? 2 : 1;
}
