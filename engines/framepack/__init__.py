"""FramePack on diffusers' modules: one-frame pictures, kisekae transfer, and films by sections.

    request -> Row ─┐                     ┌ paint: conditions -> noise ⋯ one forward a step ⋯ -> decode
    request -> Row ─┼─> Desk (device time)┤
    request -> Shot ┘                     └ shoot: one section, its segments of film, the state for the next

layouts    where frames lie on the time axis of the position embedding
schedule   noise levels; solvers  UniPC and Euler over them
transformer, weights, text, lora  the model and what is loaded into it
still, film  the two kinds of work as generators: one value a step
desk       who works next
"""
