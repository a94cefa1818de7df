<?php
/**
 * What editors say of one post: no shelves beneath it, and posts that they picked for it, which lead Related.
 *
 * @package Recirc
 */

defined( 'ABSPATH' ) || exit;

/** How many posts may be picked for one. */
const RECIRC_MOST_PICKS = 10;

/** Numbers of posts, each once: a list, or text with commas. */
function recirc_numbers( $given ) {
	$given = is_array( $given ) ? $given : explode( ',', (string) $given );
	return array_slice( array_values( array_unique( array_filter( array_map( 'absint', $given ) ) ) ), 0, RECIRC_MOST_PICKS );
}

/** The picked posts that everybody may read, in the editor's order. */
function recirc_picks( $post ) {
	$public = function ( $id ) use ( $post ) {
		$other = get_post( $id );
		return $other && (int) $post !== $id && 'post' === $other->post_type && 'publish' === $other->post_status && '' === $other->post_password;
	};
	return array_values( array_filter( recirc_numbers( get_post_meta( $post, '_recirc_picks', true ) ), $public ) );
}

/** A picked post as the server is told of it. */
function recirc_pick( $id ) {
	return array(
		'id'   => $id,
		'link' => get_permalink( $id ),
	);
}

/** Types of posts that the server knows, whose Related may be led by picks. */
function recirc_picked_types() {
	return array_values( array_intersect( array( 'post' ), (array) recirc_option( 'types' ) ) );
}

/** Whether the block editor has a panel for this type: it saves what is said of a post with the post, as custom fields. */
function recirc_has_panel( $type ) {
	return post_type_supports( $type, 'custom-fields' ) && use_block_editor_for_post_type( $type );
}

add_action(
	'init',
	function () {
		$edits = function ( $allowed, $key, $id ) {
			return current_user_can( 'edit_post', $id );
		};
		// Only for those who edit the post.
		$edit = array( 'context' => array( 'edit' ) );
		foreach ( (array) recirc_option( 'types' ) as $type ) {
			register_post_meta(
				$type,
				'_recirc_off',
				array(
					'type'          => 'boolean',
					'single'        => true,
					'show_in_rest'  => array( 'schema' => $edit ),
					'auth_callback' => $edits,
				)
			);
		}
		foreach ( recirc_picked_types() as $type ) {
			register_post_meta(
				$type,
				'_recirc_picks',
				array(
					'type'              => 'array',
					'single'            => true,
					'default'           => array(),
					'sanitize_callback' => 'recirc_numbers',
					'show_in_rest'      => array(
						'schema' => array_merge(
							$edit,
							array(
								'items'    => array( 'type' => 'integer' ),
								'maxItems' => RECIRC_MOST_PICKS,
							)
						),
					),
					'auth_callback'     => $edits,
				)
			);
		}
	}
);

// Whoever reads the post over the REST API reads its picks too: so does the server, which shows them first.
add_action(
	'rest_api_init',
	function () {
		foreach ( recirc_picked_types() as $type ) {
			register_rest_field(
				$type,
				'recirc_picks',
				array(
					'get_callback' => function ( $post ) {
						return isset( $post['id'] ) ? array_map( 'recirc_pick', recirc_picks( $post['id'] ) ) : array();
					},
					'schema'       => array(
						'description' => 'Posts that an editor picked to lead Related.',
						'type'        => 'array',
						'items'       => array( 'type' => 'object' ),
						'readonly'    => true,
					),
				)
			);
		}
		register_rest_route(
			'recirc/v1',
			'/figures/(?P<id>\d+)',
			array(
				'methods'             => 'GET',
				'callback'            => function ( $request ) {
					return recirc_figures( (int) $request['id'] );
				},
				'permission_callback' => function ( $request ) {
					return current_user_can( 'edit_post', (int) $request['id'] );
				},
			)
		);
	}
);

add_action(
	'enqueue_block_editor_assets',
	function () {
		$screen = get_current_screen();
		if ( ! $screen || 'post' !== $screen->base || ! in_array( $screen->post_type, (array) recirc_option( 'types' ), true ) || ! recirc_has_panel( $screen->post_type ) ) {
			return;
		}
		wp_enqueue_script(
			'recirc-panel',
			plugins_url( 'assets/panel.js', RECIRC_FILE ),
			array( 'wp-plugins', 'wp-edit-post', 'wp-editor', 'wp-element', 'wp-components', 'wp-data', 'wp-core-data', 'wp-html-entities', 'wp-i18n', 'wp-api-fetch' ),
			RECIRC_VERSION,
			true
		);
		wp_set_script_translations( 'recirc-panel', 'recirc', plugin_dir_path( RECIRC_FILE ) . 'languages' );
		$facts = array(
			'picks'   => in_array( $screen->post_type, recirc_picked_types(), true ),
			'most'    => RECIRC_MOST_PICKS,
			'figures' => 'post' === $screen->post_type && (bool) recirc_option( 'server' ),
		);
		wp_add_inline_script( 'recirc-panel', 'window.recircPanel = ' . wp_json_encode( $facts ) . ';', 'before' );
	}
);

// Where there is no such panel: the classic editor, and types without custom fields.
add_action(
	'add_meta_boxes',
	function ( $type ) {
		if ( in_array( $type, (array) recirc_option( 'types' ), true ) ) {
			add_meta_box( 'recirc', 'Recirc', 'recirc_post_box', $type, 'side', 'default', array( '__back_compat_meta_box' => recirc_has_panel( $type ) ) );
		}
	}
);

/** The box beside a post. */
function recirc_post_box( $post ) {
	wp_nonce_field( 'recirc_post', 'recirc_post_nonce' );
	printf(
		'<p><label><input type="checkbox" name="recirc_off" value="1" %s> %s</label></p>',
		checked( (bool) get_post_meta( $post->ID, '_recirc_off', true ), true, false ),
		esc_html__( 'No shelves beneath this post', 'recirc' )
	);
	if ( in_array( $post->post_type, recirc_picked_types(), true ) ) {
		printf(
			'<p><label for="recirc-picks">%s</label> <input class="widefat" id="recirc-picks" name="recirc_picks" value="%s" aria-describedby="recirc-picks-help"></p><p class="description" id="recirc-picks-help">%s</p>',
			esc_html__( 'Picked posts, which lead Related', 'recirc' ),
			esc_attr( implode( ', ', recirc_numbers( get_post_meta( $post->ID, '_recirc_picks', true ) ) ) ),
			esc_html__( 'Numbers, with commas.', 'recirc' )
		);
	}
	$readers = 'publish' === $post->post_status ? recirc_readers( array( $post->ID ) ) : array();
	if ( isset( $readers[ $post->ID ] ) ) {
		/* translators: %s: number of readers. */
		printf( '<p>' . esc_html__( 'Readers in 24 hours: %s', 'recirc' ) . '</p>', esc_html( number_format_i18n( $readers[ $post->ID ] ) ) );
	}
}

add_action(
	'save_post',
	function ( $id ) {
		if ( ! isset( $_POST['recirc_post_nonce'] ) || ! wp_verify_nonce( sanitize_key( $_POST['recirc_post_nonce'] ), 'recirc_post' ) || ! current_user_can( 'edit_post', $id ) ) {
			return;
		}
		if ( empty( $_POST['recirc_off'] ) ) {
			delete_post_meta( $id, '_recirc_off' );
		} else {
			update_post_meta( $id, '_recirc_off', '1' );
		}
		if ( isset( $_POST['recirc_picks'] ) ) {
			$picks = recirc_numbers( sanitize_text_field( wp_unslash( $_POST['recirc_picks'] ) ) );
			if ( $picks ) {
				update_post_meta( $id, '_recirc_picks', $picks );
			} else {
				delete_post_meta( $id, '_recirc_picks' );
			}
		}
	}
);
